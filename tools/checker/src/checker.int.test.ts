// What the checker finds: a sound installation is sound, and each kind of violation, planted alone,
// is found by its name.
import { randomUUID } from 'node:crypto';
import { positionKey, streamKey } from '@holdfast/shared/redis';
import { testServers } from '@holdfast/shared/testing';
import type { mongo } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CheckOptions, checkInstallation } from './check-installation.ts';
import type { Attempt } from './history.ts';
import { facts, type Planted, plantInstallation } from './installation.fixture.ts';
import type { DatabaseNames } from './installation.ts';
import type { Heard } from './socket-history.ts';

let planted: Planted;
beforeAll(async () => {
  planted = await plantInstallation(testServers().mongodbUri);
});
afterAll(() => planted.close());
beforeEach(() => planted.plant());

const { tenantId, orders, levelId, adjustmentId, variantId, customerId, history } = facts;
const collection = (service: keyof DatabaseNames, name: string) => planted.db(service).collection<mongo.Document>(name);
const set = (service: keyof DatabaseNames, name: string, _id: string, fields: object) =>
  collection(service, name).updateOne({ _id: _id as never }, { $set: fields });
const remove = (service: keyof DatabaseNames, name: string, _id: string) =>
  collection(service, name).deleteOne({ _id: _id as never });

/** `<invariant> <kind> <id>` of what is found. */
async function found(options: CheckOptions = {}): Promise<string[]> {
  const report = await checkInstallation(planted.installation, { convergeMs: 300, history, ...options });
  return report.violations.map(({ invariant, kind, id }) => `${invariant} ${kind} ${id}`);
}

it('finds nothing in a sound installation, and has looked at everything in it', async () => {
  const report = await checkInstallation(planted.installation, { convergeMs: 1_000, history });
  expect(report.violations).toEqual([]);
  expect(report.seen).toMatchObject({
    stock: { levels: 1, movements: 8, reservations: 4, oversoldUnits: 0 },
    log: { tenants: 1, events: 23 },
    history: { acknowledged: 5, lost: 0, duplicated: 0 },
    orders: 4,
    variants: 1,
    deadLetters: 0,
  });
});

type Plant = [what: string, plant: () => Promise<unknown>, finds: string];

async function expectFound(plant: () => Promise<unknown>, finds: string): Promise<void> {
  await plant();
  expect(await found()).toContain(finds);
}

describe('I1: the books', () => {
  const plants: Plant[] = [
    [
      'more reserved than there is',
      () => set('inventory', 'stock_levels', levelId, { onHand: 2 }),
      `I1 level.range ${levelId}`,
    ],
    [
      'a level that is not its movements',
      () => set('inventory', 'stock_levels', levelId, { onHand: 99 }),
      `I1 level.sum ${levelId}`,
    ],
    ['a gap in the ledger', () => remove('inventory', 'movements', 'mov_3'), 'I1 ledger.gap mov_4'],
    [
      'a sum that was wrong for a moment',
      () => set('inventory', 'movements', 'mov_3', { reservedAfter: 5 }),
      'I1 ledger.sum mov_3',
    ],
    [
      'less on hand than reserved, for a moment',
      () => set('inventory', 'movements', 'mov_1', { onHandDelta: 2, onHandAfter: 2 }),
      'I1 ledger.range mov_2',
    ],
    [
      'a reservation beyond what is reserved',
      () =>
        set('inventory', 'reservations', orders.rejected, {
          state: 'held',
          allocations: [{ variantId, locationId: facts.locationId, quantity: 1 }],
        }),
      `I1 level.reserved ${levelId}`,
    ],
    [
      'stock withheld for nobody',
      () => set('inventory', 'stock_levels', levelId, { withheld: [{ adjustmentId, units: 1 }] }),
      `I1 level.withheld ${levelId}`,
    ],
    ['stock held of no level', () => remove('inventory', 'stock_levels', levelId), `I1 level.missing ${variantId}`],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));

  it('counts the units that were sold twice', async () => {
    await set('inventory', 'stock_levels', levelId, { onHand: 1 });
    const report = await checkInstallation(planted.installation, { convergeMs: 300 });
    expect(report.seen.stock.oversoldUnits).toBe(2);
  });
});

describe('I2 and I3: what clients were told', () => {
  const at = (key: string, change: Partial<Attempt>): Attempt => {
    return { ...history.find((attempt) => attempt.key === key)!, ...change };
  };
  const plants: Plant[] = [
    [
      'an acknowledged order that is gone',
      () => remove('orders', 'orders', orders.confirmed),
      `I2 lost ${orders.confirmed}`,
    ],
    [
      'an acknowledged order that is undecided again',
      () => set('orders', 'orders', orders.confirmed, { status: 'PENDING', decision: null }),
      `I2 lost ${orders.confirmed}`,
    ],
    [
      'an acknowledged order with other lines',
      () => set('orders', 'orders', orders.confirmed, { lines: [{ variantId, quantity: 4 }] }),
      `I2 lost ${orders.confirmed}`,
    ],
    [
      'a cancellation that was taken back',
      () => set('orders', 'orders', orders.cancelled, { status: 'CONFIRMED' }),
      `I2 lost ${orders.cancelled}`,
    ],
    [
      'an acknowledged adjustment that is gone',
      () => remove('inventory', 'adjustments', adjustmentId),
      `I2 lost ${adjustmentId}`,
    ],
    [
      'two orders of one key',
      () => collection('orders', 'orders').insertOne({ ...orderLike(), _id: 'ord_twin' as never }),
      'I3 twice ord_twin',
    ],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));

  const orderLike = () => ({
    tenantId,
    placedBy: customerId,
    metadata: { key: 'confirmed' },
    lines: [],
    allocations: [],
    version: 1,
    status: 'PENDING',
    request: 1,
    createdAt: new Date(),
    decision: null,
  });
  const told: [what: string, more: Attempt, finds: string][] = [
    [
      'a replay that says the opposite',
      at('confirmed', { decision: 'REJECTED', result: 'failed', status: 409, sentAt: 3_000, answeredAt: 4_000 }),
      `I3 replay ${orders.confirmed}`,
    ],
    [
      'a replay that forgets the decision',
      at('confirmed', { decision: undefined, status: 202, sentAt: 3_000, answeredAt: 4_000 }),
      `I3 replay ${orders.confirmed}`,
    ],
    [
      'a stored order of which its caller is told that nothing is left',
      at('confirmed', {
        id: undefined,
        decision: undefined,
        result: 'failed',
        status: 409,
        code: 'insufficient_stock',
        sentAt: Date.now() + 60_000,
      }),
      `I3 replay ${orders.confirmed}`,
    ],
    ['a replay with another order', at('confirmed', { id: orders.cancelled }), `I3 replay ${orders.confirmed}`],
    [
      'a known order that is not found',
      at('confirmed', { operation: 'read', result: 'failed', status: 404, code: 'not_found', decision: undefined }),
      `I2 lost ${orders.confirmed}`,
    ],
  ];
  it.each(told)('%s', async (_what, more, finds) => {
    expect(await found({ history: [...history, more] })).toContain(finds);
  });

  it('a refused key that left something behind', async () => {
    const refused = at('confirmed', { id: undefined, decision: undefined, result: 'failed', status: 422 });
    expect(await found({ history: [refused] })).toContain(`I3 replay ${orders.confirmed}`);
  });

  it('an order that nobody asked for, where every question is known', async () => {
    expect(await found({ isComplete: true })).toEqual([]);
    const others = history.filter((attempt) => attempt.id !== orders.confirmed);
    expect(await found({ isComplete: true, history: others })).toEqual([`I3 unasked ${orders.confirmed}`]);
    expect(await found({ history: others })).toEqual([]);
  });

  it('nobody was promised what is only unknown', async () => {
    expect(await found({ history: [at('nobody knows', { status: 503 })] })).toEqual([]);
  });
});

describe('I4: orders and reservations', () => {
  const plants: Plant[] = [
    [
      'a confirmed order without a reservation',
      () => remove('inventory', 'reservations', orders.confirmed),
      `I4 order.no_reservation ${orders.confirmed}`,
    ],
    [
      'a reservation without an order',
      () => remove('orders', 'orders', orders.rejected),
      `I4 reservation.no_order ${orders.rejected}`,
    ],
    [
      'a reservation that outlived its order',
      () => set('inventory', 'reservations', orders.cancelled, { state: 'held' }),
      `I4 order.state ${orders.cancelled}`,
    ],
    [
      'other lines than were ordered',
      () =>
        set('inventory', 'reservations', orders.confirmed, {
          allocations: [{ variantId, locationId: facts.locationId, quantity: 2 }],
        }),
      `I4 order.lines ${orders.confirmed}`,
    ],
    [
      'a request that inventory never saw',
      () => set('orders', 'orders', orders.confirmed, { request: 2 }),
      `I4 order.request ${orders.confirmed}`,
    ],
    [
      'an order that nobody decides',
      () => set('orders', 'orders', orders.confirmed, { status: 'PENDING', createdAt: new Date(Date.now() - 61_000) }),
      `I4 order.undecided ${orders.confirmed}`,
    ],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));

  it('a forged order has a reservation and no order', async () => {
    await remove('orders', 'orders', orders.rejected);
    const options = { forged: new Set([orders.rejected]), history: [] };
    expect(await found(options)).toEqual([]);
  });
});

describe('I5: every change reached everybody', () => {
  const letter = { _id: 'letter', tenantId, domain: 'orders', partition: 3, entryId: '7-1', error: 'cannot' };
  const plants: Plant[] = [
    [
      'a version without its event',
      () => set('orders', 'orders', orders.confirmed, { version: 3 }),
      `I5 event.missing ${orders.confirmed}`,
    ],
    [
      'an event of a version that is not there',
      () => set('inventory', 'stock_levels', levelId, { version: 1 }),
      `I5 event.ahead ${levelId}`,
    ],
    [
      'a document without its event, in a collection that no check names',
      () => collection('inventory', 'crates').insertOne({ _id: 'crate' as never, tenantId, version: 1, events: [] }),
      'I5 event.missing crate',
    ],
    [
      'an event of a document that is not there',
      () => remove('catalog', 'variants', variantId),
      `I5 event.no_document ${variantId}`,
    ],
    [
      'a price that orders does not know',
      () => set('orders', 'variants', variantId, { forSale: false }),
      `I5 orders.variant.differs ${variantId}`,
    ],
    [
      'a variant that inventory does not know',
      () => remove('inventory', 'stock_items', variantId),
      `I5 inventory.item.missing ${variantId}`,
    ],
    [
      'a customer that orders does not know',
      () => remove('orders', 'customers', customerId),
      `I5 orders.customer.missing ${customerId}`,
    ],
    [
      'a tenant without a location',
      () => remove('inventory', 'locations', facts.locationId),
      `I5 inventory.location.missing ${tenantId}`,
    ],
    [
      'an event that was given up',
      () => collection('inventory', 'dead_letters').insertOne(letter as never),
      'I5 event.dead_letter letter',
    ],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));

  it('an event that was forged may be given up', async () => {
    await collection('inventory', 'dead_letters').insertOne(letter as never);
    expect(await found({ poison: new Set(['orders:3:7-1']) })).toEqual([]);
  });
});

describe('I6: nothing happened twice', () => {
  const plants: Plant[] = [
    [
      'an order that moved stock twice',
      () => moveAgain('order', orders.confirmed),
      `I6 order.moved ${orders.confirmed}`,
    ],
    [
      'an adjustment that moved stock twice',
      () => moveAgain('adjustment', adjustmentId),
      'I6 adjustment.moved_twice mov_again',
    ],
    ['initial stock that came twice', () => moveAgain('variant', variantId), 'I6 initial_stock.twice mov_again'],
    ['a movement of no adjustment', () => moveAgain('adjustment', 'adj_none'), 'I6 movement.no_cause mov_again'],
    ['a movement of no transfer', () => moveAgain('transfer', 'tra_none'), 'I6 movement.no_cause mov_again'],
    [
      'an adjustment that says something else than it moved',
      () => set('inventory', 'adjustments', adjustmentId, { moved: 4 }),
      `I6 adjustment.moved ${adjustmentId}`,
    ],
    [
      'an adjustment without its movement',
      () => remove('inventory', 'movements', 'mov_5'),
      `I6 adjustment.no_movement ${adjustmentId}`,
    ],
    [
      'an event twice in the log',
      () =>
        set('realtime', 'log', `${tenantId}:5`, {
          events: [{ id: 'evt_4', body: JSON.stringify({ id: 'evt_4', sequence: 5 }) }],
        }),
      'I6 log.twice evt_4',
    ],
  ];
  const moveAgain = async (type: string, id: string) => {
    const last = await collection('inventory', 'movements').findOne({
      _id: (type === 'order' ? 'mov_2' : 'mov_5') as never,
    });
    const again = { ...last, _id: 'mov_again', sequence: 9, reference: { type, id } };
    await collection('inventory', 'movements').insertOne(again as never);
  };
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));
});

describe('I8: the public log', () => {
  const plants: Plant[] = [
    ['a gap', () => remove('realtime', 'log', `${tenantId}:4`), `I8 log.gap ${tenantId}:5`],
    [
      'a head that is elsewhere',
      () => set('realtime', 'log_heads', tenantId, { sequence: 9 }),
      `I8 log.head ${tenantId}`,
    ],
    [
      'an event under a wrong number',
      () =>
        set('realtime', 'log', `${tenantId}:4`, {
          events: [{ id: 'evt_4', body: JSON.stringify({ id: 'evt_4', sequence: 3 }) }],
        }),
      'I8 log.sequence evt_4',
    ],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));

  it('what goes back at a socket, and not what only comes again at the next one', async () => {
    const heard = (connection: string, version: number, sequence: number): Heard => {
      return { connection, tenantId, name: 'order.status', subject: orders.confirmed, version, sequence };
    };
    expect(await found({ heard: [heard('a', 1, 1), heard('a', 2, 2), heard('b', 1, 1)] })).toEqual([]);
    const twice = await found({ heard: [heard('a', 1, 1), heard('a', 1, 2)] });
    expect(twice).toEqual([`I8 socket.version ${orders.confirmed}`]);
    const back = await found({ heard: [heard('a', 1, 2), heard('a', 2, 1)] });
    expect(back).toEqual([`I8 socket.sequence ${orders.confirmed}`]);
  });
});

describe('I9: nothing is left behind', () => {
  const stream = streamKey('check', 'orders', 3);
  const plants: Plant[] = [
    [
      'a relay that is behind',
      () => planted.redis.hset(positionKey(stream), 'at', '0'.repeat(22)),
      `I9 backlog.unpublished ${stream}`,
    ],
    [
      'a consumer that is behind',
      () => planted.redis.xadd(stream, '5-1', 'e', '{}'),
      `I9 backlog.unread inventory ${stream}`,
    ],
    [
      'an order without a decision',
      () => set('orders', 'orders', orders.confirmed, { status: 'PENDING' }),
      'I9 backlog.undecided orders',
    ],
    [
      'a lease that never ends',
      () => planted.redis.set('lease:check:orders:1', 'x'),
      'I9 lease.orphan lease:check:orders:1',
    ],
    [
      'keys without a bound',
      () => planted.redis.mset(Array.from({ length: 2_100 }, (_, n) => [`k${n}`, '']).flat()),
      'I9 redis.keys redis',
    ],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));

  it('a transaction that stays open', async () => {
    const session = planted.client.startSession();
    session.startTransaction();
    await collection('orders', 'orders').insertOne({ _id: randomUUID() as never }, { session });
    const open = await found({ transactionAgeMaxMs: 0 });
    expect(open.filter((line) => line.startsWith('I9 transaction.open'))).not.toEqual([]);
    await session.abortTransaction();
    await session.endSession();
  });

  it('says so when it could not look', async () => {
    const installation = { ...planted.installation, redisUrl: 'redis://127.0.0.1:1' };
    const report = await checkInstallation(installation, { convergeMs: 200 });
    expect(report.violations.map(({ invariant, kind }) => `${invariant} ${kind}`)).toContain('I9 not_checked');
  });
});

it('versions of a reconciliation are pages that were looked at, not events', async () => {
  const document = { _id: 'rec' as never, tenantId, version: 7, events: [] };
  await collection('inventory', 'reconciliations').insertOne(document);
  expect(await found()).toEqual([]);
});

it('while others write, reports only what two looks find', async () => {
  await set('orders', 'orders', orders.confirmed, { version: 3 });
  const options = { atRest: false, againAfterMs: 500, convergeMs: 300 };
  const steady = await checkInstallation(planted.installation, options);
  expect(steady.violations.map(({ kind }) => kind)).toEqual(['event.missing']);
});
