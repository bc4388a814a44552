// Two processes at one import, and several imports of one business: what the conditional writes are for.
import { asTenant } from '@holdfast/shared/persistence';
import { silentLog, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { owner, type Who } from '../catalog.fixture.ts';
import { NotNow } from '../jobs/end-early.ts';
import { productApplier } from './apply-products.ts';
import { createImport } from './create-import.ts';
import { inEuros, type JobFixture, openJobFixture } from './imports.fixture.ts';
import { type RowApplier, runImport } from './run-import.ts';

let fixture: JobFixture;
beforeAll(async () => {
  // No queue and no sweep: nothing runs but what a test runs.
  fixture = await openJobFixture(inEuros, { REDIS_URL: 'redis://127.0.0.1:9' });
});
afterAll(() => fixture.close());

const neverAborted = new AbortController().signal;
const nobody = { enqueue: () => {}, stop: async () => {} };

/** An import that no queue knows of yet. */
async function queue(who: Who, text: string): Promise<string> {
  async function* source() {
    yield Buffer.from(text);
  }
  const caller = { tenantId: who.tenantId, userId: 'usr_1', role: 'OWNER', permissions: new Set(['products:write']) };
  const command = { caller, plan: 'standard', kind: 'products', decimal: 'point', source: source() } as const;
  const deps = { ...fixture.deps, importQueue: nobody };
  return (await asTenant(who.tenantId, () => createImport(command, deps))).created.id;
}

/** Runs it here, with something that happens before or after rows are applied. */
function run(
  who: Who,
  id: string,
  { before, after }: { before?: () => Promise<unknown>; after?: () => Promise<unknown> },
) {
  const { deps } = fixture;
  const products = productApplier({ ...deps, marker: deps.cache.marker });
  const watched: RowApplier = {
    rowsMax: 2,
    async apply(rows, job) {
      await before?.();
      const failures = await products.apply(rows, job);
      await after?.();
      return failures;
    },
  };
  return runImport({ tenantId: who.tenantId, id }, neverAborted, {
    ...deps,
    log: silentLog as never,
    clock: systemClock,
    importQueue: nobody,
    currencyOf: async () => 'EUR',
    appliers: { products: watched, 'stock-counts': watched },
    abandonedAfterMs: 60_000,
  });
}

const read = (who: Who, id: string) =>
  asTenant(who.tenantId, async () => (await fixture.deps.imports.read({ tenantId: who.tenantId, id }))!);

/** Another process takes the import on: its version rises. */
async function supersede(who: Who, id: string): Promise<void> {
  const job = await read(who, id);
  const change = { before: job, after: { ...job, version: job.version + 1 }, events: [] };
  await asTenant(who.tenantId, () => fixture.deps.imports.saveOne(change));
}

const file = 'sku,name,price\nA,X,1\nB,X,2\n';

describe('a process that was superseded', () => {
  it('writes none of its rows', async () => {
    const who = owner();
    const id = await queue(who, file);
    await run(who, id, { before: () => supersede(who, id) });
    expect(await fixture.variants(who)).toEqual([]);
    expect(await read(who, id)).toMatchObject({ status: 'running', rowsRead: 0 });
  });

  it('counts nothing', async () => {
    const who = owner();
    const id = await queue(who, `${file}C,X,oops\n`);
    await run(who, id, { after: () => supersede(who, id) });
    expect(await read(who, id)).toMatchObject({ status: 'running', rowsRead: 0, rowsDone: 0, rowsFailed: 0 });
    expect(await fixture.errors(who, id)).toEqual([]);
  });
});

describe('an import whose run ended early', () => {
  it('goes on behind the rows that are applied', async () => {
    const who = owner();
    const id = await queue(who, 'sku,name,price\nA,X,1\nB,X,2\nC,X,oops\nD,X,4\nE,X,5\nA,X,6\n');
    let steps = 0;
    const before = async () => {
      steps += 1;
      if (steps === 2) throw new NotNow('somebody is down');
    };
    await run(who, id, { before });
    expect(await read(who, id)).toMatchObject({ status: 'running', rowsRead: 2, rowsDone: 2, attempts: 1 });
    const job = await read(who, id);
    const due = { before: job, after: { ...job, dueAt: new Date(0), version: job.version + 1 }, events: [] };
    await asTenant(who.tenantId, () => fixture.deps.imports.saveOne(due));
    await run(who, id, { before });
    expect(await read(who, id)).toMatchObject({ status: 'done', rowsRead: 6, rowsDone: 4, rowsFailed: 2 });
    expect(steps).toBe(4);
    expect((await fixture.errors(who, id)).map((line) => line.split(',')[0])).toEqual(['4', '7']);
  });
});

describe('imports of a business', () => {
  it('wait for the one before them', async () => {
    const who = owner();
    const first = await queue(who, 'sku,name,price\nA,X,1\n');
    const second = await queue(who, 'sku,name,price\nA,X,2\n');
    await run(who, second, {});
    expect(await read(who, second)).toMatchObject({ status: 'queued', rowsRead: 0 });
    await run(who, first, {});
    expect(await read(who, first)).toMatchObject({ status: 'done' });
    await run(who, second, {});
    expect(await fixture.variants(who)).toMatchObject([{ sku: 'A', price: { amount: 200 } }]);
  });
});
