// Ids depend only on the oplog: wherever batches end and wherever (at a time's first change) reading begins, each event
// gets the same id.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partitionCount, partitionOf } from '../../values/index.ts';
import { compareIds, isForeign, timeText } from '../streams/positions.ts';
import { shareOut } from './batch.ts';
import type { Change } from './ports.ts';

const oplog = fc
  .array(
    fc.record({
      step: fc.integer({ min: 0, max: 2 }),
      tenants: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 }),
    }),
    { maxLength: 60 },
  )
  .map((writes): Change[] => {
    let tick = 1;
    let n = 0;
    return writes.map(({ step, tenants }) => {
      tick += step;
      const events = tenants.map((tenant) => {
        n += 1;
        return { id: `e${n}`, tenantId: `t${tenant}`, body: `e${n}` };
      });
      return { time: timeText(1 + Math.floor(tick / 7), tick % 7), events };
    });
  });

interface Published {
  readonly ids: Map<string, string>;
  readonly order: string[][];
}

/** Publishes in batches of these sizes, from the first change at or after a time. */
function publish(changes: readonly Change[], sizes: readonly number[], from: string): Published {
  const rest = changes.filter(({ time }) => time >= from);
  const count = { time: '', ordinal: 0 };
  const ids = new Map<string, string>();
  const order: string[][] = Array.from({ length: partitionCount }, () => []);
  for (let at = 0, turn = 0; at < rest.length; turn += 1) {
    const batch = rest.slice(at, at + sizes[turn % sizes.length]!);
    at += batch.length;
    const shares = shareOut({ changes: batch, upTo: batch.at(-1)!.time, ended: false }, count);
    for (const [partition, entries] of shares.entries.entries()) {
      for (let n = 0; n < entries.length; n += 2) {
        ids.set(entries[n + 1]!, entries[n]!);
        order[partition]!.push(entries[n]!);
        const position = { source: '', at: shares.position, completeFrom: '', beginsAt: '' };
        expect(isForeign(entries[n]!, position)).toBe(false);
      }
    }
  }
  return { ids, order };
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('ids are the same for every division into batches and every beginning', () => {
  fc.assert(
    fc.property(oplog, sizes, sizes, fc.nat(), (changes, some, others, pick) => {
      const whole = publish(changes, some, '');
      const from = changes.length > 0 ? changes[pick % changes.length]!.time : '';
      for (const [event, id] of publish(changes, others, from).ids) expect(id).toBe(whole.ids.get(event));
      const events = changes.flatMap((change) => change.events);
      expect(whole.ids.size).toBe(events.length);
      for (const ids of whole.order) {
        for (let n = 1; n < ids.length; n += 1) expect(compareIds(ids[n - 1]!, ids[n]!)).toBeLessThan(0);
      }
      for (const { tenantId, id } of events) expect(whole.order[partitionOf(tenantId)]).toContain(whole.ids.get(id));
    }),
  );
});

test('more events of one time than an id can tell apart are refused', () => {
  const time = timeText(1, 1);
  const changes = [{ time, events: [{ id: 'e', tenantId: 't', body: '' }] }];
  expect(() => shareOut({ changes, upTo: time, ended: false }, { time, ordinal: 2 ** 20 })).toThrow(/too many/);
});
