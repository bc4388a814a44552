// Reads and writes of a declared collection on a real MongoDB.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeEvent, productArchived } from '../../contracts/index.ts';
import { testName, testServers } from '../../testing/installation.ts';
import { keyText, stampNow, systemClock } from '../../values/index.ts';
import { type Database, openDatabase } from '../connection.ts';
import { asTenant, asTenants } from '../context.ts';
import { Conflict } from '../errors.ts';
import { createIndexes } from '../indexes.ts';
import { inTransaction } from '../transaction.ts';
import { type Collection, openCollection } from './collection.ts';
import { defineCollection } from './definition.ts';
import * as field from './fields.ts';
import { saveNewer } from './save-newer.ts';

type Box = {
  id: string;
  tenantId: string;
  shelf: string;
  size: 'small' | 'large';
  note?: string | undefined;
  labels?: Record<string, string> | undefined;
  log: string[];
  createdAt: Date;
  version: number;
};

const boxes = defineCollection<Box>({
  name: 'boxes',
  holds: 'A box on a shelf.',
  fields: {
    shelf: field.text,
    size: field.oneOf(['small', 'large']),
    note: field.optional(field.text),
    labels: field.optional(field.record()),
    log: field.appendOnly(),
    createdAt: field.date,
    version: field.number,
  },
  lists: [{ by: ['shelf'], every: { size: ['small', 'large'] }, order: 'newest' }, { order: 'newest' }],
});

let database: Database;
let store: Collection<Box>;
beforeAll(async () => {
  const { mongodbUri: uri } = testServers();
  database = await openDatabase({ uri, name: testName('boxes'), evented: [], global: [] });
  store = openCollection(database, boxes);
  await createIndexes(database, [boxes]);
});
afterAll(() => database.close());

const newTenant = () => `ten_${randomUUID()}`;
function box(tenantId: string, n: number, fields: Partial<Box> = {}): Box {
  const createdAt = new Date(Date.UTC(2026, 0, 1, 0, 0, n));
  return {
    id: `${tenantId}_box_${n}`,
    tenantId,
    shelf: 'a',
    size: 'small',
    log: ['made'],
    createdAt,
    version: 1,
    ...fields,
  };
}
/** Ids are unique over all tenants; the end tells the boxes of one apart. */
const shortIds = (found: readonly Box[]) => found.map(({ id }) => id.slice(-5));
const next = (before: Box, fields: Partial<Box>): Box => ({ ...before, ...fields, version: before.version + 1 });

describe('a change', () => {
  it('with events is refused where nobody would publish them', async () => {
    const after = box(newTenant(), 1);
    const event = makeEvent(
      productArchived,
      { tenantId: after.tenantId, id: after.id, version: 1 },
      stampNow(systemClock),
      { productId: after.id, name: 'A', status: 'archived' },
    );
    await asTenant(after.tenantId, async () => {
      await expect(store.insert([{ after, events: [event] }])).rejects.toThrow('not declared as evented');
      await store.insert([{ after }]);
      const change = { before: after, after: next(after, { size: 'large' }), events: [event] };
      await expect(store.saveAll([change])).rejects.toThrow('not declared as evented');
      expect(await store.read({ tenantId: after.tenantId, id: after.id })).toMatchObject({ size: 'small', version: 1 });
    });
  });

  it('writes what differs, pushes what was appended, removes what became undefined', async () => {
    const tenantId = newTenant();
    const before = box(tenantId, 1, { note: 'fragile', labels: { to: 'Oslo' } });
    const after = next(before, { note: undefined, size: 'large', log: [...before.log, 'moved'] });
    await asTenant(tenantId, async () => {
      await store.insert([{ after: before }]);
      expect(await store.save([{ before, after }])).toBe(1);
      const { note: _note, ...rest } = after;
      expect(await store.read({ tenantId, id: before.id })).toEqual(rest);
    });
  });

  it('of a version that somebody else has changed is not written, and a conflict where all are wanted', async () => {
    const tenantId = newTenant();
    const before = box(tenantId, 1);
    await asTenant(tenantId, async () => {
      await store.insert([{ after: before }]);
      await store.saveAll([{ before, after: next(before, { shelf: 'b' }) }]);
      expect(await store.save([{ before, after: next(before, { shelf: 'c' }) }])).toBe(0);
      await expect(store.saveAll([{ before, after: next(before, { shelf: 'c' }) }])).rejects.toThrow(Conflict);
      expect(await store.read({ tenantId, id: before.id })).toMatchObject({ shelf: 'b', version: 2 });
    });
  });

  it('that does not fit its declaration is not sent', async () => {
    const tenantId = newTenant();
    const before = box(tenantId, 1);
    await asTenant(tenantId, async () => {
      await store.insert([{ after: before }]);
      const wrong = next(before, { shelf: 7 as never });
      await expect(store.save([{ before, after: wrong }])).rejects.toThrow('boxes: shelf does not fit');
      await expect(store.insert([{ after: { ...wrong, id: `${tenantId}_box_2` } }])).rejects.toThrow(
        'boxes: shelf does not fit',
      );
      expect(await store.list({}, { limit: 10 })).toEqual([before]);
    });
  });
});

describe('full states', () => {
  it('are stored where they are newer, and stay where an older one comes late', async () => {
    const tenantId = newTenant();
    const first = box(tenantId, 1);
    const second = next(first, { shelf: 'b' });
    await asTenants([tenantId], 'test', async () => {
      await store.saveNewer([second, first]);
      await store.saveNewer([first]);
      const found = await store.readMany([{ tenantId, id: first.id }]);
      expect(found.get(keyText(tenantId, first.id))).toMatchObject({ shelf: 'b', version: 2 });
    });
  });

  it.each([
    { meanwhile: 1, stored: 2 },
    { meanwhile: 3, stored: 3 },
  ])(
    'give way to newer ones only: of version 2, while somebody inserts version $meanwhile',
    async ({ meanwhile, stored }) => {
      const tenantId = newTenant();
      const [first] = [box(tenantId, 1)];
      const versions = [first, next(first, { shelf: 'b' }), next(next(first, {}), { shelf: 'c' })];
      const stating = {
        definition: boxes,
        native: store.native,
        documentOf: boxes.toStored,
        async versionsOf() {
          await store.insert([{ after: versions[meanwhile - 1]! }]);
          return new Map<string, number>();
        },
      };
      await asTenant(tenantId, async () => {
        await saveNewer([versions[1]!], stating);
        expect(await store.read({ tenantId, id: first.id })).toEqual(versions[stored - 1]);
      });
    },
  );

  it('are stored in a transaction, new and known ones together', async () => {
    const tenantId = newTenant();
    const [first, second] = [box(tenantId, 1), box(tenantId, 2)];
    const states = [next(first, { shelf: 'b' }), second];
    await asTenant(tenantId, async () => {
      await store.insert([{ after: first }]);
      const aborted = inTransaction(database, async (session) => {
        await store.saveNewer(states, session);
        throw new Error('stop');
      });
      await expect(aborted).rejects.toThrow('stop');
      expect(await store.list({}, { limit: 9 })).toEqual([first]);
      await inTransaction(database, (session) => store.saveNewer(states, session));
      await inTransaction(database, (session) => store.saveNewer([first, second], session));
      expect(await store.list({}, { limit: 9 })).toEqual(states.toReversed());
    });
  });

  it('that are missing are inserted, and the others stay', async () => {
    const tenantId = newTenant();
    await asTenant(tenantId, async () => {
      await store.insertMissing([{ after: box(tenantId, 1) }]);
      await store.insertMissing([{ after: box(tenantId, 1, { shelf: 'z' }) }, { after: box(tenantId, 2) }]);
      const found = await store.list({}, { limit: 9 });
      expect(shortIds(found)).toEqual(['box_2', 'box_1']);
      expect(found.map(({ shelf }) => shelf)).toEqual(['a', 'a']);
    });
  });
});

describe('a list', () => {
  it('comes newest first, page by page, by the index that its filter names', async () => {
    const tenantId = newTenant();
    const made = [1, 2, 3, 4].map((n) => box(tenantId, n, { size: n % 2 ? 'small' : 'large' }));
    await asTenant(tenantId, async () => {
      await store.insert(made.map((after) => ({ after })));
      const first = await store.list({ shelf: 'a' }, { limit: 3 });
      expect(shortIds(first)).toEqual(['box_4', 'box_3', 'box_2']);
      const rest = await store.list({ shelf: 'a' }, { limit: 3, after: boxes.placeOf(first.at(-1)!) });
      expect(shortIds(rest)).toEqual(['box_1']);
      const large = await store.list({ shelf: 'a', size: 'large' }, { limit: 9 });
      expect(shortIds(large)).toEqual(['box_4', 'box_2']);
    });
  });

  it('shows nothing of another tenant', async () => {
    const [own, other] = [newTenant(), newTenant()];
    await asTenant(other, () => store.insert([{ after: box(other, 1) }]));
    expect(await asTenant(own, () => store.list({}, { limit: 9 }))).toEqual([]);
    expect(await asTenant(own, () => store.read({ id: box(other, 1).id }))).toBeUndefined();
  });
});
