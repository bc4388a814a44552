// What staff do with a return: approve, decline, receive, close. Each step is a change of its order.
import { DomainError } from '@holdfast/shared/errors';
import { correlation } from '@holdfast/shared/telemetry';
import { derivedId, type RequestKey } from '@holdfast/shared/values';
import type { ChangeOrder, Decide } from '../orders/change-order.ts';
import type { LocationStore } from '../projections/locations.store.ts';
import type { ReturnOfOrder } from './request-return.ts';
import type { ReturnStore } from './return.store.ts';
import { asWhen, type ReturnStatus, returnsOf } from './return.ts';
import {
  type ApproveReturn,
  type CloseReturn,
  type DeclineReturn,
  decideApprove,
  decideClose,
  decideDecline,
  decideReceive,
  type ReceiveReturn,
} from './returning.ts';

export type StepReturnDeps = {
  changeOrder: ChangeOrder;
  returns: Pick<ReturnStore, 'read'>;
  locations: Pick<LocationStore, 'exist'>;
};
type Caller = { tenantId: string; returnId: string; actor: string; key?: RequestKey | undefined };

/** As the decider says; throws not_found, idempotency_key_reused, and what the decider throws. */
async function step(
  { tenantId, returnId, actor, key }: Caller,
  to: ReturnStatus,
  decide: Decide,
  deps: Pick<StepReturnDeps, 'changeOrder' | 'returns'>,
): Promise<ReturnOfOrder> {
  const row = await deps.returns.read(tenantId, returnId);
  if (row === undefined) throw new DomainError('not_found');
  const command = { name: `returns.${to.toLowerCase()}.${returnId}`, actor, key };
  const { order, replayed } = await deps.changeOrder({ tenantId, id: row.orderId, command }, decide, correlation());
  const returned = returnsOf(order).find(({ id }) => id === returnId)!;
  return { order, returned: asWhen(returned, to), replayed };
}

export function approveReturn(command: Caller & ApproveReturn, deps: StepReturnDeps): Promise<ReturnOfOrder> {
  return step(command, 'APPROVED', (order, at) => decideApprove(order, command, at), deps);
}

export function declineReturn(command: Caller & DeclineReturn, deps: StepReturnDeps): Promise<ReturnOfOrder> {
  return step(command, 'DECLINED', (order, at) => decideDecline(order, command, at), deps);
}

/** Throws unknown_location, too, for a location that the tenant does not have. */
export async function receiveReturn(command: Caller & ReceiveReturn, deps: StepReturnDeps): Promise<ReturnOfOrder> {
  const named = new Set(command.lines.flatMap(({ locationId }) => locationId ?? []));
  const known = await deps.locations.exist(command.tenantId, named);
  return step(command, 'RECEIVED', (order, at) => decideReceive(order, { ...command, known }, at), deps);
}

export function closeReturn(
  command: Caller & Omit<CloseReturn, 'paymentId'>,
  deps: StepReturnDeps,
): Promise<ReturnOfOrder> {
  // One for a return, which is closed once.
  const paymentId = derivedId('pay', command.tenantId, command.returnId);
  return step(command, 'CLOSED', (order, at) => decideClose(order, { ...command, paymentId }, at), deps);
}
