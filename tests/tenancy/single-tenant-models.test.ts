// Random work of three tenants in one collection equals three independent models of one tenant each.
import { asTenant } from '@holdfast/shared/persistence';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DataLayer, openDataLayer } from './data-layer.ts';

const tenants = ['a', 'b', 'c'] as const;
type Tenant = (typeof tenants)[number];
type Model = Map<string, number>;

let layer: DataLayer;

beforeAll(async () => {
  layer = await openDataLayer('models');
});
afterAll(() => layer?.close());

interface Step {
  kind: 'create' | 'update' | 'updateAll' | 'delete' | 'upsert' | 'read';
  tenant: Tenant;
  /** Whose id is named: one's own, or one of somebody else. */
  owner: Tenant;
  key: number;
  n: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('create', 'update', 'updateAll', 'delete', 'upsert', 'read'),
  tenant: fc.constantFrom(...tenants),
  owner: fc.constantFrom(...tenants),
  key: fc.nat(3),
  n: fc.nat(9),
});

/** Does the step in the database and in the tenant's own model, and compares the answers. */
async function apply(one: Step, model: Model): Promise<void> {
  const { kind, n } = one;
  const own = `${one.tenant}${one.key}`;
  const named = `${one.owner}${one.key}`;
  if (kind === 'create' && !model.has(own)) {
    await layer.items.create({ _id: own, n });
    model.set(own, n);
  }
  if (kind === 'update') {
    const { matchedCount } = await layer.items.updateOne({ _id: named }, { $set: { n } });
    expect(matchedCount).toBe(model.has(named) ? 1 : 0);
    if (model.has(named)) model.set(named, n);
  }
  if (kind === 'updateAll') {
    const { matchedCount } = await layer.items.updateMany({}, { $inc: { n: 1 } });
    expect(matchedCount).toBe(model.size);
    for (const [id, old] of model) model.set(id, old + 1);
  }
  if (kind === 'delete') {
    const { deletedCount } = await layer.items.deleteOne({ _id: named });
    expect(deletedCount).toBe(model.delete(named) ? 1 : 0);
  }
  if (kind === 'upsert') {
    await layer.items.bulkWrite([{ updateOne: { filter: { _id: own }, update: { $set: { n } }, upsert: true } }]);
    model.set(own, n);
  }
  const found = await layer.items.find().sort({ _id: 1 }).lean();
  expect(found.map((row) => [row._id, row.n])).toEqual([...model].sort());
  expect(await layer.items.countDocuments({ _id: named })).toBe(model.has(named) ? 1 : 0);
}

it('holds for any order of their steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await Promise.all(tenants.map((tenant) => asTenant(tenant, () => layer.items.deleteMany({}))));
      const models = new Map(tenants.map((tenant) => [tenant, new Map<string, number>()]));
      for (const one of steps) await asTenant(one.tenant, () => apply(one, models.get(one.tenant) ?? new Map()));
    }),
    { numRuns: 40 },
  );
  expect(layer.refusals).toEqual([]);
});
