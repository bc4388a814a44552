// Reservations on a real MongoDB: a decision is stored only on what it was made on.
import { asTenant, Conflict, inTransaction } from '@holdfast/shared/persistence';
import { keyText, newId, stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, openFixture, type ReservationRow } from '../inventory.fixture.ts';
import { openBook } from '../stock/stock-book.ts';
import type { Reservation } from './reservation.ts';
import { reserveStock } from './reserve-stock.ts';
import type { CancelRequest } from './stock-request.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const cancel = (tenantId: string, orderId: string, request: number): CancelRequest => ({
  kind: 'cancel',
  tenantId,
  orderId,
  request,
  reason: 'requested',
  cause: {},
});

it('a reservation that changed after it was read is a conflict, and stays as it is', async () => {
  const [tenantId, orderId] = [newId('ten'), newId('ord')];
  const { reservations } = fixture.stores;
  const decide = (request: number, stored: ReadonlyMap<string, Reservation>) =>
    reserveStock([cancel(tenantId, orderId, request)], openBook([], new Date()), stored, stampNow(systemClock));
  const read = () =>
    inTransaction(fixture.database, (session) => reservations.readMany([{ tenantId, id: orderId }], session));
  const store = (request: number, stored: ReadonlyMap<string, Reservation>) =>
    inTransaction(fixture.database, (session) => reservations.saveAll(decide(request, stored), session), {
      timeLimitMs: 0,
    });
  await asTenant(tenantId, async () => {
    await store(1, new Map());
    const early = await read();
    expect(early.get(keyText(tenantId, orderId))).toMatchObject({ request: 1, version: 1 });
    await store(3, early);
    await expect(store(2, early)).rejects.toThrow(Conflict);
  });
  expect(await fixture.rows<ReservationRow>('reservations', tenantId)).toMatchObject([{ request: 3, version: 2 }]);
});
