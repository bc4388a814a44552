// What a declared collection stores, and what it refuses to.
import { expect, expectTypeOf, it } from 'vitest';
import { sortKeyOf } from '../../values/index.ts';
import { defineCollection, indexDescriptions } from './definition.ts';
import * as field from './fields.ts';

type Shelf = {
  id: string;
  tenantId: string;
  name: string;
  kind: 'wood' | 'steel';
  note?: string | undefined;
  labels?: Record<string, string> | undefined;
  size?: { width: number } | undefined;
  boxes: string[];
  measured: Date | null;
  createdAt: Date;
  version: number;
};

const shelves = defineCollection<Shelf>({
  name: 'shelves',
  holds: 'A shelf.',
  fields: {
    name: field.text,
    kind: field.oneOf(['wood', 'steel']),
    note: field.optional(field.text),
    labels: field.optional(field.record()),
    size: field.optional(field.object()),
    boxes: field.list(),
    measured: field.nullable(field.date),
    createdAt: field.date,
    version: field.number,
  },
  lists: [{ by: ['kind'], order: 'newest' }, { every: { kind: ['wood', 'steel'] }, order: 'newest' }, { order: 'id' }],
});

const createdAt = new Date('2026-01-02T03:04:05.678Z');
const shelf: Shelf = {
  id: 'shf_1',
  tenantId: 'ten_1',
  name: 'A',
  kind: 'wood',
  boxes: ['b'],
  measured: null,
  createdAt,
  version: 1,
};

it('stores an entity with its place in lists and without what is undefined, and reads it back', () => {
  const stored = shelves.toStored({ ...shelf, note: undefined });
  const { id: _id, ...fields } = shelf;
  expect(stored).toEqual({ _id, ...fields, sortKey: sortKeyOf(createdAt, 'shf_1') });
  expect('note' in stored).toBe(false);
  expect(shelves.fromStored({ ...stored, events: [] })).toEqual(shelf);
});

it('gives documents of an older release what they lack, and keeps what they have', () => {
  const { name, defaults } = { name: 'shelves', defaults: () => ({ kind: 'steel' as const, boxes: ['none'] }) };
  const { fields, holds } = shelves;
  const older = defineCollection<Shelf>({ name, holds, fields, defaults });
  const { kind: _kind, ...stored } = shelves.toStored(shelf);
  expect(older.fromStored(stored as never)).toEqual({ ...shelf, kind: 'steel' });
});

it('knows the place of a stored entity, also when what it follows from is damaged', () => {
  const stored = shelves.toStored(shelf);
  const place = { sort: sortKeyOf(createdAt, 'shf_1'), id: 'shf_1' };
  expect(shelves.placeOf(shelf)).toEqual(place);
  expect(shelves.placeOf(shelves.fromListed({ ...stored, createdAt: null }))).toEqual(place);
});

it.each([
  ['a text that is a number', { name: 5 }],
  ['a text that is none of the allowed ones', { kind: 'glass' }],
  ['what is missing', { boxes: undefined }],
  ['null where it is not allowed', { boxes: null }],
  ['a date that is none', { measured: new Date(Number.NaN) }],
  ['a number that is none', { version: Number.NaN }],
  ['a list that is an object', { boxes: { 0: 'b' } }],
  ['a field that is not declared', { colour: 'red' }],
  ['an object of a class', { labels: new Map() }],
  ['what the driver would store as something else', { size: { _bsontype: 'Double', value: '1' } }],
  ['what would choose itself what is stored', { size: { toBSON: () => 'large' } }],
])('refuses %s, naming the field', (_name, wrong) => {
  const refused = () => shelves.toStored({ ...shelf, ...wrong } as never);
  expect(refused).toThrow(
    `shelves: ${Object.keys(wrong)[0] === 'colour' ? 'the field colour' : Object.keys(wrong)[0]}`,
  );
});

it('has snapshots only of what is evented', () => {
  const fields = { createdAt: field.date };
  const declare = (isEvented: boolean) =>
    defineCollection<Pick<Shelf, 'id' | 'tenantId' | 'createdAt'>>({
      name: 'shelves',
      holds: 'A shelf.',
      isEvented,
      fields,
      toSnapshot: () => ({ event: {} as never }),
    });
  expect(() => declare(false)).toThrow('shelves: what has snapshots is evented');
  expect(declare(true).toSnapshot).toBeDefined();
});

it('hands free keys to the driver as a map, in which no key can mean anything', () => {
  const { labels } = shelves.toStored({ ...shelf, labels: { size: 'L', _bsontype: 'Double' } });
  expect(labels).toEqual(
    new Map([
      ['size', 'L'],
      ['_bsontype', 'Double'],
    ]),
  );
});

it('gives every list an index that starts with the tenant and ends with its order', () => {
  expect(shelves.indexes.map(({ key }) => Object.keys(key))).toEqual([
    ['tenantId', 'kind', 'sortKey'],
    ['tenantId', 'kind', 'sortKey'],
    ['tenantId', '_id'],
  ]);
});

it('says of every list which query its index serves, and nothing of it to the server', () => {
  expect(shelves.indexes.map(({ serves }) => serves)).toEqual([
    'the list of kind, newest first',
    'the list of kind (one or all), newest first',
    'the whole list, by id',
  ]);
  for (const description of indexDescriptions(shelves)) expect(description).not.toHaveProperty('serves');
});

it('knows at compile time what a field may be', () => {
  expectTypeOf(field.text).not.toEqualTypeOf(field.optional(field.text));
  // @ts-expect-error: `note` may be undefined, so its declaration must say so.
  defineCollection<Pick<Shelf, 'id' | 'tenantId' | 'note'>>({ name: 'notes', holds: '', fields: { note: field.text } });
  // @ts-expect-error: every field has to be declared.
  defineCollection<Pick<Shelf, 'id' | 'tenantId' | 'name'>>({ name: 'names', holds: '', fields: {} });
});

it('stores derived fields with the entity, and does not read them back', () => {
  const { name, fields, holds } = shelves;
  const of = ({ name: text, measured }: Shelf) => ({ terms: [text], measuredAt: measured ?? undefined });
  const derived = { fields: { terms: field.list(), measuredAt: field.optional(field.date) }, of };
  const findable = defineCollection<Shelf>({ name, fields, holds, derived });
  const stored = findable.toStored(shelf);
  expect(stored.terms).toEqual(['A']);
  expect('measuredAt' in stored).toBe(false);
  expect(findable.fromStored(stored)).toEqual(shelf);
  expect(() => findable.toStored({ ...shelf, terms: [] } as Shelf)).toThrow('terms is not declared');
  const broken = { fields: derived.fields, of: () => ({ terms: 'A' }) };
  expect(() => defineCollection<Shelf>({ name, fields, holds, derived: broken }).toStored(shelf)).toThrow('terms');
});
