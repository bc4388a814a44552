// What is remembered of the logs: repeats are distinguished from retries,
// and memory counts only while nobody else wrote.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { expect, it } from 'vitest';
import { rememberEvents } from './repeats.ts';

const brought = (tenantid: string, id: string, entry: string) => ({ event: { tenantid, id } as DomainEvent, entry });
const ids = (events: DomainEvent[]) => events.map(({ id }) => id);
const empty = (tenantId: string) => ({ tenantId, sequence: 0 });

it('lets an event pass once, and again in the same entry, which is a retry', () => {
  const repeats = rememberEvents({ perTenantMax: 10, eventsMax: 100 });
  repeats.learn(empty('a'), []);
  expect(ids(repeats.fresh([brought('a', 'one', 'orders:1-0'), brought('a', 'one', 'orders:2-0')]))).toEqual(['one']);
  expect(ids(repeats.fresh([brought('a', 'one', 'orders:1-0')]))).toEqual(['one']);
  expect(repeats.fresh([brought('a', 'one', 'orders:3-0')])).toEqual([]);
});

it('holds what it read from the log for logged, whichever entry brings it', () => {
  const repeats = rememberEvents({ perTenantMax: 10, eventsMax: 100 });
  repeats.learn({ tenantId: 'a', sequence: 2 }, ['one', 'two']);
  expect(ids(repeats.fresh([brought('a', 'two', 'orders:9-0'), brought('a', 'three', 'orders:9-1')]))).toEqual([
    'three',
  ]);
});

it('asks for the log of a tenant that it does not know, or whose head is not where it left it', () => {
  const repeats = rememberEvents({ perTenantMax: 10, eventsMax: 100 });
  expect(repeats.unknown([empty('a')])).toEqual([empty('a')]);
  repeats.learn(empty('a'), []);
  expect(repeats.unknown([empty('a')])).toEqual([]);
  repeats.moved({ tenantId: 'a', sequence: 3 });
  expect(repeats.unknown([{ tenantId: 'a', sequence: 3 }])).toEqual([]);
  expect(repeats.unknown([empty('a')])).toEqual([empty('a')]);
});

it('forgets the oldest of a tenant, and the tenant that was quiet for longest', () => {
  const repeats = rememberEvents({ perTenantMax: 2, eventsMax: 3 });
  for (const tenant of ['a', 'b']) {
    repeats.learn(empty(tenant), []);
    repeats.fresh(['1', '2', '3'].map((id) => brought(tenant, id, `orders:${id}`)));
    repeats.moved({ tenantId: tenant, sequence: 3 });
  }
  expect(repeats.unknown([{ tenantId: 'a', sequence: 3 }])).toHaveLength(1);
  expect(repeats.unknown([{ tenantId: 'b', sequence: 3 }])).toEqual([]);
  expect(ids(repeats.fresh([brought('b', '1', 'copy'), brought('b', '3', 'copy')]))).toEqual(['1']);
});
