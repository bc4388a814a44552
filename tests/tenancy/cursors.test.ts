// A cursor belongs to the scope that opened it: the next page cannot be fetched in another tenant's name.
import { asSystem, asTenant, asTenants } from '@holdfast/shared/persistence';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type DataLayer, openDataLayer } from './data-layer.ts';

let layer: DataLayer;

beforeAll(async () => {
  layer = await openDataLayer('cursors');
});
beforeEach(() => layer.reset());
afterAll(() => layer?.close());

/** Opens a cursor as tenant a and reads its first row; the second needs a getMore. */
async function openAsA() {
  const cursor = layer.database.db.collection('items').find({ tenantId: 'a' }).batchSize(1);
  expect(await asTenant('a', () => cursor.next())).toMatchObject({ tenantId: 'a' });
  return cursor;
}

const violation = { code: 'TENANCY_VIOLATION' };

it('goes on in the same scope, and is forgotten at its end', async () => {
  const before = layer.database.guard.openCursors;
  const cursor = await openAsA();
  expect(layer.database.guard.openCursors).toBe(before + 1);
  expect(await asTenant('a', () => cursor.toArray())).toHaveLength(1);
  expect(layer.database.guard.openCursors).toBe(before);
});

it('goes on in a batch of which the tenant is part, and in system work', async () => {
  const first = await openAsA();
  expect(await asTenants(['a', 'b'], 'test.batch', () => first.next())).toMatchObject({ tenantId: 'a' });
  const second = await openAsA();
  expect(await asSystem('test.look', () => second.next())).toMatchObject({ tenantId: 'a' });
});

it('is refused to another tenant, to another batch and outside of any scope', async () => {
  const foreign = await openAsA();
  await expect(asTenant('b', () => foreign.next())).rejects.toMatchObject(violation);
  const batch = await openAsA();
  await expect(asTenants(['b', 'c'], 'test.batch', () => batch.next())).rejects.toMatchObject(violation);
  const open = await openAsA();
  await expect(open.next()).rejects.toMatchObject(violation);
});

it('of a batch is refused to one of its tenants', async () => {
  const both = { $or: [{ tenantId: 'a' }, { tenantId: 'b' }] };
  const cursor = layer.database.db.collection('items').find(both).batchSize(1);
  await asTenants(['a', 'b'], 'test.batch', () => cursor.next());
  await expect(asTenant('a', () => cursor.next())).rejects.toMatchObject(violation);
});

it('cannot be killed by another tenant, nor read by its number', async () => {
  const cursor = await openAsA();
  const { id } = cursor;
  const kill = () => layer.database.db.command({ killCursors: 'items', cursors: [id] });
  const read = () => layer.database.db.command({ getMore: id, collection: 'items' });
  await expect(asTenant('b', kill)).rejects.toMatchObject(violation);
  await expect(asTenant('b', read)).rejects.toMatchObject(violation);
  expect(await asTenant('a', kill)).toMatchObject({ cursorsKilled: [id] });
});
