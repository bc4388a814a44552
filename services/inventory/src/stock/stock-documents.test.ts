// The documents of a batch of commands: what one wrote is what the next one finds.
import { expect, it } from 'vitest';
import { openDocuments, type StockDocument } from './stock-documents.ts';

const things = { name: 'things' };
const key = { tenantId: 'ten_a', id: 'thing_1' };
const stored: StockDocument = { ...key, version: 3 };
const event = (id: string) => ({ id }) as never;

it('a command finds what an earlier one of the batch wrote; it is stored once, with the events of both', () => {
  const documents = openDocuments(new Map([['things', [stored]]]));
  expect(documents.find(things, key)).toBe(stored);
  documents.write(things, { ...stored, version: 4 }, [event('evt_1')]);
  expect(documents.find(things, key)).toMatchObject({ version: 4 });
  documents.write(things, { ...stored, version: 5 }, [event('evt_2')]);
  expect(documents.changes(things)).toEqual([
    { before: stored, after: { ...key, version: 5 }, events: [event('evt_1'), event('evt_2')] },
  ]);
  expect(documents.changes({ name: 'others' })).toEqual([]);
});

it('a document that is new in the batch is inserted, also after a second change', () => {
  const documents = openDocuments(new Map());
  for (const version of [1, 2]) documents.write(things, { ...key, version }, []);
  expect(documents.changes(things)).toEqual([{ before: undefined, after: { ...key, version: 2 }, events: [] }]);
});

it("another tenant's document, or another collection's, is not found by the same id", () => {
  const documents = openDocuments(new Map([['things', [stored]]]));
  expect(documents.find(things, { ...key, tenantId: 'ten_b' })).toBeUndefined();
  expect(documents.find({ name: 'others' }, key)).toBeUndefined();
});
