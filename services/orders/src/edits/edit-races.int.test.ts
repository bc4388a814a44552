// An edit in the moment in which somebody else edits, ships or cancels: one of both decides, and inventory is asked for
// what the order then says.
import { afterAll, expect, it } from 'vitest';
import { shippedOf } from '../fulfilments/fulfilment.ts';
import { shipOrder } from '../fulfilments/ship-order.ts';
import { a, b, euros } from '../order-in-memory.fixture.ts';
import { race, tally } from '../order-races.fixture.ts';
import { cancelOrder } from '../orders/cancel-order.ts';
import type { ChangeOrder } from '../orders/change-order.ts';
import type { Order } from '../orders/order.ts';
import { openFixture } from '../orders.fixture.ts';
import { type EditOrder, editOrder } from './edit-order.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps } = fixture;

type Process = { changeOrder: ChangeOrder };
const edit = (patch: EditOrder['patch']) => (order: Order, process: Process) => {
  const { tenantId, id: orderId } = order;
  const expectVersion = () => {};
  const command = { tenantId, orderId, actor: 'usr_s', patch, expectVersion, prefer: 'respond-async' } as const;
  return editOrder(command, { ...deps.orders, ...process });
};
const quantities = (ofA: number, ofB: number) => [
  { variantId: a, quantity: ofA },
  { variantId: b, quantity: ofB },
];
let parcels = 0;
/** Looks at the order first, up to three times: else it would always be the faster one. */
const ship = async ({ tenantId, id: orderId }: Order, process: Process) => {
  for (let look = parcels++ % 4; look > 0; look--) await deps.orders.store.read(tenantId, orderId);
  return shipOrder({ tenantId, orderId, actor: 'usr_w' }, process);
};
const cancel = ({ tenantId, id: orderId }: Order, process: Process) =>
  cancelOrder({ tenantId, orderId, actor: 'usr_c', reason: 'no' }, process);

it('two edits of quantities: one is asked for, the other one has to wait', async () => {
  const races = await race(fixture, (order) => order, [
    edit({ lines: quantities(4, 2) }),
    edit({ lines: quantities(1, 1) }),
  ]);
  for (const { outcomes, before, after } of races) {
    expect([...outcomes].sort()).toEqual(['change_pending', 'done']);
    const wanted = outcomes[0] === 'done' ? [4, 2] : [1, 1];
    expect(after.edit!.lines.map(({ quantity }) => quantity)).toEqual(wanted);
    expect(after).toMatchObject({ request: 2, pending: { request: 2, kind: 'edit' }, lines: before.lines });
    expect(after.timeline).toHaveLength(1);
  }
  expect(Object.keys(tally(races)).sort()).toEqual(['change_pending done', 'done change_pending']);
});

it('two edits that move no stock: both are there', async () => {
  const charge = { kind: 'shipping', label: 'Post', amount: euros(400) } as const;
  const races = await race(fixture, (order) => order, [edit({ note: 'ring' }), edit({ charges: [charge] })]);
  for (const { outcomes, after } of races) {
    expect(outcomes).toEqual(['done', 'done']);
    expect(after).toMatchObject({ note: 'ring', charges: [charge], total: euros(2_500), request: 1, version: 4 });
  }
});

it('an edit of quantities and a parcel: the order is edited or has left, never both', async () => {
  const races = await race(fixture, (order) => order, [edit({ lines: quantities(1, 1) }), ship]);
  for (const { outcomes, before, after } of races) {
    if (outcomes[0] === 'done') {
      expect([outcomes[1], after.status, after.fulfilments]).toEqual(['change_pending', 'CONFIRMED', undefined]);
      expect(after).toMatchObject({ request: 2, pending: { kind: 'edit' } });
    } else {
      expect([...outcomes, after.status, after.request]).toEqual(['illegal_transition', 'done', 'SHIPPED', 1]);
      expect([after.edit, after.pending]).toEqual([undefined, null]);
      expect([...shippedOf(after).values()]).toEqual([3, 2]);
    }
    expect(after.lines).toEqual(before.lines);
  }
  expect(Object.keys(tally(races)).sort()).toEqual(['done change_pending', 'illegal_transition done']);
});

it('an edit of quantities and a cancellation: the order ends, and nothing of it is asked for any more', async () => {
  const races = await race(fixture, (order) => order, [edit({ lines: quantities(4, 2) }), cancel]);
  for (const { outcomes, after } of races) {
    expect(outcomes[1]).toBe('done');
    expect(['done', 'illegal_transition']).toContain(outcomes[0]);
    expect([after.status, after.edit, after.pending]).toEqual(['CANCELLED', undefined, null]);
    expect(after.request).toBe(outcomes[0] === 'done' ? 3 : 2);
  }
});
