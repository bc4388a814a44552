// HTTP routes of the payments of orders: parse, authorise, call, answer.
import { paymentsApi } from '@holdfast/shared/contracts';
import { type Auth, type Page, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { ChangeOrder } from '../orders/change-order.ts';
import type { OrderStore } from '../orders/order.store.ts';
import { ownerFilter, toResponse } from '../orders/order-response.ts';
import { pageOfList, placeInList } from '../orders/page-of-list.ts';
import { readVisible } from '../orders/read-order.ts';
import { confirmPayment } from './confirm-payment.ts';
import { type PaymentKind, type PaymentRecord, recordsOf } from './payment.ts';
import { toPaymentAnswer } from './payment-answer.ts';
import { refundPayment } from './refund-payment.ts';

export type PaymentRoutesDeps = { store: Pick<OrderStore, 'read'>; changeOrder: ChangeOrder };

export function registerPaymentRoutes(app: FastifyInstance, deps: PaymentRoutesDeps): void {
  registerOperation(app, paymentsApi.confirmPayment, async ({ params, body, auth, idempotencyKey: key }) => {
    const caller = { tenantId: auth.tenantId, actor: auth.userId };
    const command = { ...caller, provider: 'manual', ...withoutUndefined(body), orderId: params.id, key: key! };
    const { order, replayed } = await confirmPayment(command, deps);
    return { status: 200, body: toResponse(order, auth), etag: order.version, replayed };
  });

  registerOperation(app, paymentsApi.createRefund, async ({ params, body, auth, idempotencyKey: key }) => {
    const command = { tenantId: auth.tenantId, actor: auth.userId, orderId: params.id, ...body, key };
    const { refund, replayed } = await refundPayment(command, deps);
    return { status: 201, body: toPaymentAnswer(refund, isStaff(auth)), replayed };
  });

  const listOf = (kind?: PaymentKind) => ({
    async list({ params, auth }: { params: { id: string }; auth: Auth }, page: Page) {
      const asked = { orderId: params.id, tenantId: auth.tenantId, ownedBy: ownerFilter(auth) };
      const records = recordsOf(await readVisible(asked, deps)).filter((one) => !kind || one.kind === kind);
      return pageOfList(records, page);
    },
    toResponse: (record: PaymentRecord, auth: Auth) => toPaymentAnswer(record, isStaff(auth)),
    placeOf: placeInList,
  });
  registerList(app, paymentsApi.listPayments, listOf());
  registerList(app, paymentsApi.listRefunds, listOf('refunded'));
}

const isStaff = ({ permissions }: Auth) => permissions.has('orders:read');

type Sent = { amount: { amount: number; currency: string }; reference: string; provider?: string | undefined };

function withoutUndefined({ provider, ...sent }: Sent) {
  return provider === undefined ? sent : { ...sent, provider };
}
