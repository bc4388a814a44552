// Several writers on the same stock at once, on a real MongoDB: two processes of inventory, orders from the stream,
// adjustments, counts, transfers, and locations that come and go. Whatever wins, the books are right.
import { withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkLedger, type Fixture, type LevelDocument, openFixture, type Replica } from '../inventory.fixture.ts';
import { cancelledEvent, placedEvent } from '../inventory-streams.fixture.ts';
import { mainLocationIdOf } from '../locations/location.ts';

let fixture: Fixture;
let replicas: Replica[];
beforeAll(async () => {
  fixture = await openFixture();
  replicas = [await fixture.startReplica(), await fixture.startReplica()];
});
afterAll(() => fixture.close());

type TransferRow = {
  _id: string;
  tenantId: string;
  status: string;
  lines: { variantId: string; quantity: number; shortage?: number }[];
};
type MovedRow = { _id: string; tenantId: string; kind: string; onHandDelta: number };
const roundCount = 4;
const actsPerRound = 24;

it('keep the books, whoever wins', { timeout: 60_000 }, async () => {
  const tenantId = await fixture.tenant({ shirt: 30, cap: 30 });
  const variants = [`shirt_${tenantId}`, `cap_${tenantId}`];
  let calls = 0;
  const as = () => {
    calls += 1;
    return replicas[calls % 2]!.as({ tenantId, userId: 'usr_1', role: 'MANAGER' });
  };
  const send = (url: string, body?: object) => as().post(url, body, withKey(newId('req')));
  const places = [mainLocationIdOf(tenantId)];
  for (const name of ['North', 'South']) places.push((await send('/v1/locations', { name })).body.id);
  const placed: string[] = [];

  const [variantId, place, quantity] = [
    fc.constantFrom(...variants),
    fc.constantFrom(...places),
    fc.integer({ min: 1, max: 6 }),
  ];
  const act = fc.oneof(
    fc.record({ variantId, place, delta: fc.integer({ min: -5, max: 9 }).filter((delta) => delta !== 0) }).map(
      ({ variantId, place: locationId, delta }) =>
        () =>
          send('/v1/adjustments', { variantId, locationId, delta, reason: 'other' }),
    ),
    fc.record({ variantId, place, count: fc.nat(30) }).map(({ variantId, place: locationId, count }) => async () => {
      const { body } = await as().get(`/v1/stock/${variantId}`);
      const level = body.locations.find((one: { locationId: string }) => one.locationId === locationId);
      const counted = { count, expectedOnHand: level?.onHand ?? 0, reason: 'stocktake' };
      return send('/v1/adjustments', { variantId, locationId, ...counted });
    }),
    fc
      .record({ variantId, from: place, to: place, quantity, end: fc.constantFrom('receive', 'cancel', 'nothing') })
      .filter(({ from, to }) => from !== to)
      .map(({ variantId, from, to, quantity, end }) => async () => {
        const lines = [{ variantId, quantity }];
        const { body } = await send('/v1/transfers', { fromLocationId: from, toLocationId: to, lines });
        const shipped = await send(`/v1/transfers/${body.id}/ship`);
        if (shipped.status !== 200 || end === 'nothing') return shipped;
        const arrived = end === 'receive' ? { lines: [{ variantId, quantity: quantity - 1 }] } : undefined;
        return (
          await Promise.all([
            send(`/v1/transfers/${body.id}/${end}`, arrived),
            send(`/v1/transfers/${body.id}/${end}`, arrived),
          ])
        )[0]!;
      }),
    fc.record({ variantId, quantity }).map(({ variantId, quantity }) => async () => {
      const orderId = newId('ord');
      placed.push(orderId);
      await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity }])]);
      if (quantity % 3 === 0) await fixture.streams.publish('orders', [cancelledEvent(tenantId, orderId)]);
      return { status: 202 };
    }),
    fc.constantFrom(...places.slice(1)).map((id) => () => as().delete(`/v1/locations/${id}`)),
  );
  const seed = Math.floor(Math.random() * 2 ** 31);
  const rounds = fc.sample(fc.array(act, { minLength: actsPerRound, maxLength: actsPerRound }), {
    seed,
    numRuns: roundCount,
  });
  for (const acts of rounds) {
    const answers = await Promise.all(acts.map((one) => one()));
    expect(
      answers.every(({ status }) => status < 500 || status === 503),
      `seed ${seed}`,
    ).toBe(true);
    await fixture.decided(tenantId, placed);
  }
  await checkLedger(fixture, tenantId);
  const levels = await fixture.rows<LevelDocument>('stock_levels', tenantId);
  const transfers = await fixture.rows<TransferRow>('transfers', tenantId);
  const movements = await fixture.rows<MovedRow>('movements', tenantId);
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  const away = transfers.flatMap(({ status, lines }) =>
    lines.map(({ quantity, shortage = 0 }) => (status === 'SHIPPED' ? quantity : shortage)),
  );
  const byHand = movements.filter(({ kind }) => kind !== 'transfer').map(({ onHandDelta }) => onHandDelta);
  expect(sum(levels.map(({ onHand }) => onHand)) + sum(away), `seed ${seed}`).toBe(sum(byHand));
  const live = (await as().get('/v1/locations')).body.data.map(({ id }: { id: string }) => id);
  expect(levels.every(({ onHand, locationId }) => onHand === 0 || live.includes(locationId))).toBe(true);
});
