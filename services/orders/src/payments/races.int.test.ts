// A payment against a cancellation and against the end of its window, a thousand times each on a real database: both
// are decided on one version of the order, so that there is one outcome for each order in which they come.
import { randomUUID } from 'node:crypto';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelOrder } from '../orders/cancel-order.ts';
import { createOrderChanges } from '../orders/change-order.ts';
import type { OrderDocument } from '../orders/order.store.ts';
import { clockIn, elsewhere } from '../orders.fixture.ts';
import { confirmPayment } from './confirm-payment.ts';
import { decideExpiry } from './pay.ts';
import { eur, openPaymentsFixture, type PaymentsFixture, windowMs } from './payments.fixture.ts';

const raceCount = 1_000;
const atOnce = 100;
/** Ten seconds on a machine that does nothing else. */
const timeout = 120_000;

let fixture: PaymentsFixture;
beforeAll(async () => {
  fixture = await openPaymentsFixture();
});
afterAll(() => fixture.close());

/** Orders that wait for their payment. */
async function heldOrders(count: number): Promise<string[]> {
  const placed = await Promise.all(Array.from({ length: count }, () => fixture.place()));
  const ids = placed.map(({ body }) => body.id);
  await fixture.deliver(...ids.map((id) => fixture.outcome('held', id)));
  return ids;
}

/** Runs the two of a race for every order at once, in either order; each in a process of its own. */
async function race(first: (id: string) => Promise<unknown>, second: (id: string) => Promise<unknown>) {
  const raced: string[] = [];
  while (raced.length < raceCount) {
    const ids = await heldOrders(atOnce);
    const { tenantId } = fixture;
    await asTenant(tenantId, () =>
      Promise.all(ids.flatMap((id, n) => (n % 2 ? [first(id), second(id)] : [second(id), first(id)]))),
    );
    raced.push(...ids);
  }
  return raced;
}

async function documentsOf(ids: readonly string[]): Promise<OrderDocument[]> {
  const orders = fixture.deps.database.db.collection<OrderDocument>('orders');
  const { tenantId } = fixture;
  return asTenant(tenantId, () => orders.find({ tenantId, _id: { $in: [...ids] } }).toArray());
}
const published = ({ events }: OrderDocument) =>
  events.map(({ body }) => JSON.parse(body).type.slice('com.holdfast.'.length, -3)).join();

function pay(orderId: string) {
  const { tenantId, deps } = fixture;
  const payment = { amount: eur(500), provider: 'manual', reference: orderId, actor: 'usr_s' };
  const key = { key: randomUUID(), requestHash: 'h' };
  return confirmPayment({ tenantId, orderId, ...payment, key }, deps.orders);
}

const other = () => createOrderChanges({ ...fixture.deps.orders, memory: elsewhere });

describe('a payment', () => {
  it('and a cancellation at once end cancelled, with the money due back and nothing demanded', {
    timeout,
  }, async () => {
    const changes = other();
    const cancel = (orderId: string) =>
      cancelOrder({ tenantId: fixture.tenantId, orderId, actor: 'usr_a', reason: 'no' }, changes);
    const documents = await documentsOf(await race(pay, cancel));
    expect(documents).toHaveLength(raceCount);
    const outcomes = new Map<string, number>();
    for (const document of documents) {
      expect(document).toMatchObject({
        status: 'CANCELLED',
        request: 2,
        pending: null,
        version: 4,
        payment: { captured: 500, refunded: 0, refundDue: 500 },
      });
      outcomes.set(published(document), (outcomes.get(published(document)) ?? 0) + 1);
    }
    // Whichever came second has told that the money is due back.
    expect([...outcomes.keys()].sort()).toEqual(['order.cancelled,refund.due', 'payment.recorded,refund.due']);
  });

  it('and the end of its window at once either confirm the order, or make it demand its lines once more', {
    timeout,
  }, async () => {
    const clock = clockIn(windowMs + 60_000);
    const { changeOrder } = createOrderChanges({ ...fixture.deps.orders, memory: elsewhere, clock });
    const expire = (id: string) => changeOrder({ tenantId: fixture.tenantId, id }, decideExpiry, {});
    const ids = await race(pay, expire);
    const byStatus = Map.groupBy(await documentsOf(ids), ({ status }) => status);
    expect([...byStatus.keys()].sort()).toEqual(['CONFIRMED', 'PENDING']);
    for (const document of byStatus.get('CONFIRMED')!)
      expect(document).toMatchObject({ request: 1, pending: null, payment: { captured: 500, refundDue: 0 } });
    const revived = byStatus.get('PENDING')!;
    for (const document of revived)
      expect(document).toMatchObject({
        request: 3,
        pending: { request: 3, kind: 'revive' },
        payment: { captured: 500, refundDue: 0 },
      });
    const answers = revived.map(({ _id }, n) => fixture.outcome(n % 2 ? 'held' : 'rejected', _id, 3));
    await fixture.deliver(...answers);
    for (const [n, document] of (await inOrder(revived)).entries())
      expect(document).toMatchObject(
        n % 2
          ? { status: 'CONFIRMED', request: 3, payment: { refundDue: 0 } }
          : { status: 'EXPIRED', request: 4, payment: { refundDue: 500 } },
      );
    expect(await asSystem('test', () => fixture.deps.orders.store.listExpired(clock.now(), 1, 0))).toEqual([]);
  });
});

async function inOrder(asked: readonly OrderDocument[]): Promise<OrderDocument[]> {
  const found = new Map((await documentsOf(asked.map(({ _id }) => _id))).map((one) => [one._id, one]));
  return asked.map(({ _id }) => found.get(_id)!);
}
