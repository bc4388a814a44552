// What the services asked of MongoDB in all suites of this run that go through the gateway, from its profiler. Runs
// after them; alone it sees what an idle platform asks.
import mongoose from 'mongoose';
import { beforeAll, describe, expect, it } from 'vitest';
import { testPlatform } from '../api/places.ts';
import { examinedPerReturnedMax, type Profiled, profiled } from '../setup/profiler.ts';

/** Collections that belong to no tenant. */
const global = ['tenants', 'tenant_slugs', 'signing_keys', 'reset_requests', 'relay_positions', 'owners', 'cursors'];
const probe = 'holdfast-probe';

let entries: Profiled[];

/** Queries that the profiler has to keep, asked of every database. */
async function askBadly(uri: string, databases: Iterable<string>): Promise<void> {
  const connection = await mongoose.createConnection(uri, { appName: probe }).asPromise();
  for (const name of databases) {
    const things = connection.useDb(name).collection<{ n: number }>('probes');
    await things.insertMany([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await things.find({ n: 3 }).sort({ n: 1 }).toArray();
    await things.updateOne({ n: 2 }, { $set: { n: 4 } });
    await things.drop();
  }
  await connection.close();
}

beforeAll(async () => {
  const uri = testPlatform().urls.mongod!;
  await askBadly(uri, (await profiled(uri)).keys());
  entries = [...(await profiled(uri)).values()].flat();
});

const filterOf = ({ command }: Profiled) => {
  const [first] = (command.pipeline ?? []) as { $match?: unknown }[];
  return (command.filter ?? command.q ?? command.query ?? first?.$match ?? {}) as Record<string, unknown>;
};

/** A query without its values, so that a thousand of one kind are one line. */
const shapeOf = (entry: Profiled) => {
  const withoutValues = (_key: string, value: unknown) => {
    if (Array.isArray(value)) return value.slice(0, 1);
    return typeof value === 'object' && value !== null && !(value instanceof Date) ? value : typeof value;
  };
  const { ns, op, planSummary, docsExamined = 0, nreturned = 0 } = entry;
  const filter = JSON.stringify(filterOf(entry), withoutValues);
  return { about: `${ns} ${op} ${filter} by ${planSummary}`, docsExamined, nreturned };
};

function shapesOf(wrong: readonly Profiled[]): string[] {
  const byAbout = new Map(wrong.map(shapeOf).map((shape) => [shape.about, shape]));
  return [...byAbout.values()].map(
    ({ about, docsExamined, nreturned }) => `${about}: examined ${docsExamined}, returned ${nreturned}`,
  );
}

const ofPlatform = () => entries.filter(({ appName }) => appName !== probe);
const produced = ({ nreturned = 0, nMatched = 0, ndeleted = 0 }: Profiled) => nreturned + nMatched + ndeleted;

/** Who asks for documents by their ids may name those of another tenant: each is looked at, and not returned. */
function idsNamed(entry: Profiled): number {
  const { _id: id } = filterOf(entry) as { _id?: { $in?: unknown[] } };
  return id?.$in?.length ?? 0;
}

function namesTenant(filter: Record<string, unknown>): boolean {
  if (typeof filter.tenantId === 'string') return true;
  const { $and = [], $or = [] } = filter as Record<'$and' | '$or', Record<string, unknown>[]>;
  return $and.some(namesTenant) || ($or.length > 0 && $or.every(namesTenant));
}

/** Jobs look for what is due in all tenants, by a time. */
const isByTime = ({ planSummary = '' }: Profiled) => /^IXSCAN \{ \w+At: /.test(planSummary);

describe('what the services ask of MongoDB', () => {
  it('is seen: the profiler keeps bad queries of every database', () => {
    const probes = Map.groupBy(
      entries.filter(({ appName }) => appName === probe),
      ({ ns }) => ns.split('.')[0],
    );
    expect([...probes.keys()].sort()).toEqual(['auth', 'catalog', 'inventory', 'orders', 'realtime']);
    for (const kept of probes.values()) {
      expect(kept.some(({ planSummary = '' }) => planSummary.includes('COLLSCAN'))).toBe(true);
      expect(kept.some(({ hasSortStage }) => hasSortStage === true)).toBe(true);
      expect(kept.some(({ op }) => op === 'update')).toBe(true);
    }
  });

  it('never scans a collection', () => {
    expect(shapesOf(ofPlatform().filter(({ planSummary = '' }) => planSummary.includes('COLLSCAN')))).toEqual([]);
  });

  it('never sorts in memory', () => {
    expect(shapesOf(ofPlatform().filter(({ hasSortStage }) => hasSortStage === true))).toEqual([]);
  });

  it(`examines at most ${examinedPerReturnedMax} documents for each one returned`, () => {
    const wasteful = ofPlatform().filter((entry) => {
      return (entry.docsExamined ?? 0) > Math.max(1, idsNamed(entry), produced(entry) * examinedPerReturnedMax);
    });
    expect(shapesOf(wasteful)).toEqual([]);
  });

  it('names a tenant, but for jobs over all tenants by time and what belongs to none', () => {
    const foreign = ofPlatform().filter((entry) => {
      const [, collection = ''] = entry.ns.split('.');
      return !global.includes(collection) && !isByTime(entry) && !namesTenant(filterOf(entry));
    });
    expect(shapesOf(foreign)).toEqual([]);
  });
});
