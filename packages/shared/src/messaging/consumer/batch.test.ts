// What may be applied of a read: given slices, positions and cursors, then items and alarms.
import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../contracts/index.ts';
import { emptyStreamId, positionAfter } from '../streams/positions.ts';
import { movesOf, planBatch } from './batch.ts';
import { createdTenant, placedOrder, tenantsOf } from './consumer.fixture.ts';
import type { OwnedPartition } from './owner.ts';

const partition = 3;
const [tenant = '', other = ''] = tenantsOf(partition, 2);
const stranger = tenantsOf(4, 1)[0]!;
const at = '1700000000-5000000';
const fullState = { source: 's', at: positionAfter(at), completeFrom: '', beginsAt: '' };

const idOf = (n: number) => `1700000000-${n * 2 ** 20}`;
const slice = (domain: string, events: (DomainEvent | string)[], first = 1) => ({
  domain,
  partition,
  entries: events.map((event, n) => ({
    id: idOf(first + n),
    text: typeof event === 'string' ? event : JSON.stringify(event),
  })),
});
const heldWith = (source = 's', lastId = emptyStreamId): OwnedPartition => ({
  partition,
  epoch: 7,
  alarm: undefined,
  suspect: undefined,
  waitingSinceMs: undefined,
  unsaved: new Map(),
  blocked: new Map(),
  cursors: new Map(['auth', 'orders'].map((domain) => [domain, { source, lastId }])),
});
const plan = (
  slices: ReturnType<typeof slice>[],
  options: {
    owned?: OwnedPartition;
    state?: typeof fullState | undefined;
    types?: string[];
    countMax?: number;
    entriesMax?: number;
  } = {},
) =>
  planBatch({
    slices,
    states: slices.map(() => ('state' in options ? options.state : fullState)),
    owned: new Map([[partition, options.owned ?? heldWith()]]),
    domains: ['auth', 'orders'],
    drainFirst: new Set(['auth']),
    types: options.types && new Set(options.types),
    countMax: options.countMax ?? 10,
    entriesMax: options.entriesMax ?? 100,
  });
const idsOf = (result: ReturnType<typeof plan>) =>
  (result.items.get(partition) ?? []).map((item) => `${item.domain} ${item.id}`);

function withData(more: object): DomainEvent {
  const event = placedOrder(tenant);
  return { ...event, data: { ...event.data, ...more } };
}

describe('planBatch', () => {
  it('puts entries of drained-first domains before the others', () => {
    const result = plan([slice('orders', [placedOrder(tenant)]), slice('auth', [createdTenant(tenant)])]);
    expect(idsOf(result)).toEqual([`auth ${idOf(1)}`, `orders ${idOf(1)}`]);
    expect(result.heldBack).toBe(false);
  });

  it('holds the others back while a drained-first stream may hold more than was read', () => {
    const auth = slice('auth', [createdTenant(tenant), createdTenant(other)]);
    const result = plan([slice('orders', [placedOrder(tenant)]), auth], { countMax: 2 });
    expect(idsOf(result)).toEqual([`auth ${idOf(1)}`, `auth ${idOf(2)}`]);
    expect(result.heldBack).toBe(true);
  });

  it('takes no more than its share, without letting anything overtake', () => {
    const auth = slice('auth', [createdTenant(tenant), createdTenant(other)]);
    const result = plan([slice('orders', [placedOrder(tenant)]), auth], { entriesMax: 1 });
    expect(idsOf(result)).toEqual([`auth ${idOf(1)}`]);
  });

  it('skips a type that nobody knows and passes it with the cursor', () => {
    const unknown = placedOrder(tenant, { type: 'com.holdfast.order.teleported.v1' });
    const result = plan([slice('orders', [unknown, placedOrder(tenant)])]);
    const items = result.items.get(partition)!;
    expect(items.map((item) => [item.entry !== undefined, item.letter !== undefined])).toEqual([
      [false, false],
      [true, false],
    ]);
    expect(movesOf(heldWith(), items)).toEqual([
      { domain: 'orders', partition, epoch: 7, from: emptyStreamId, to: idOf(2), source: 's' },
    ]);
  });

  it('passes over a type that the handler does not want, and moves a cursor from where it is stored', () => {
    const result = plan([slice('orders', [placedOrder(tenant)])], { types: ['com.holdfast.order.cancelled.v1'] });
    const items = result.items.get(partition)!;
    expect(items.map((item) => item.entry)).toEqual([undefined]);
    const ahead = heldWith('s', idOf(1));
    ahead.unsaved.set('orders', emptyStreamId);
    expect(movesOf(ahead, items)).toMatchObject([{ from: emptyStreamId, to: idOf(1) }]);
  });

  it.each([
    ['what is no event', 'not json'],
    ['an event without a tenant', JSON.stringify({ ...placedOrder(tenant), tenantid: undefined })],
    ['an event of a tenant of another partition', placedOrder(stranger)],
    ['an event whose data does not fit', placedOrder(tenant, { data: { orderId: 5 } })],
    [
      'an event with a key that is an instruction to a library',
      withData({ free: [{ _bsontype: 'Double', value: '1' }] }),
    ],
    ['an event with an operator', withData({ free: { $where: '1' } })],
  ])('dead-letters %s', (_, event) => {
    const item = plan([slice('orders', [event])]).items.get(partition)![0]!;
    expect(item.entry).toBeUndefined();
    expect(item.letter?.error).not.toBe('');
  });

  it('keeps members that the schema does not know', () => {
    const event = placedOrder(tenant);
    const more = { ...event, data: { ...event.data, addedLater: 1 } };
    expect(plan([slice('orders', [more])]).items.get(partition)![0]!.entry!.event.data).toMatchObject({
      addedLater: 1,
    });
  });

  it('stops before a version from the future and applies what is before it', () => {
    const future = placedOrder(tenant, { type: 'com.holdfast.order.placed.v9' });
    const result = plan([slice('orders', [placedOrder(tenant), future, placedOrder(tenant)])]);
    expect(idsOf(result)).toEqual([`orders ${idOf(1)}`]);
    expect(result.alarms).toEqual([{ domain: 'orders', partition, reason: 'unknown_version', entryId: idOf(2) }]);
  });

  it.each([
    ['above the position', idOf(6), fullState],
    ['without a position', idOf(1), undefined],
    ['beyond any time', '18446744073709551615-1', fullState],
  ])('does not apply an entry %s', (_, id, state) => {
    const foreign = { domain: 'orders', partition, entries: [{ id, text: JSON.stringify(placedOrder(tenant)) }] };
    const result = plan([foreign], { state });
    expect(idsOf(result)).toEqual([]);
    expect(result.alarms).toMatchObject([{ reason: 'foreign_entry', entryId: id }]);
  });

  it.each([
    ['another source', heldWith('restored'), fullState, 'wrong_source'],
    ['a hole behind the cursor', heldWith(), { ...fullState, completeFrom: positionAfter(idOf(1)) }, 'events_missing'],
    [
      'a beginning that a new cursor missed',
      heldWith(''),
      { ...fullState, beginsAt: positionAfter(idOf(1)) },
      'events_missing',
    ],
  ])('applies nothing of a stream with %s', (_, owned, state, reason) => {
    const result = plan([slice('orders', [placedOrder(tenant)])], { owned, state });
    expect(idsOf(result)).toEqual([]);
    expect(result.alarms).toMatchObject([{ reason }]);
  });

  it('tries an event that failed by itself alone', () => {
    const owned = heldWith();
    owned.suspect = { domain: 'orders', entryId: idOf(1), attempts: 1, notBeforeMs: 0 };
    expect(idsOf(plan([slice('orders', [placedOrder(tenant), placedOrder(tenant)])], { owned }))).toEqual([
      `orders ${idOf(1)}`,
    ]);
  });
});
