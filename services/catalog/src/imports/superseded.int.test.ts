// Two processes at one import, and several imports of one business: what the conditional writes are for.
import { asTenant } from '@holdfast/shared/persistence';
import { until } from '@holdfast/shared/testing';
import { silentLog, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { owner, type Who } from '../catalog.fixture.ts';
import { productApplier } from './apply-products.ts';
import { createImport } from './create-import.ts';
import { type JobFixture, openJobFixture } from './imports.fixture.ts';
import { type RowApplier, runImport } from './run-import.ts';

let fixture: JobFixture;
beforeAll(async () => {
  fixture = await openJobFixture();
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

describe('imports of a business', () => {
  it('wait for the one before them', async () => {
    const who = owner();
    const first = await queue(who, 'sku,name,price\nA,X,1\n');
    const second = await queue(who, 'sku,name,price\nA,X,2\n');
    await run(who, second, {});
    expect(await read(who, second)).toMatchObject({ status: 'queued', rowsRead: 0 });
    await run(who, first, {});
    await until(async () => (await read(who, second)).status === 'done', { what: 'the second has its turn' });
    expect(await fixture.variants(who)).toMatchObject([{ sku: 'A', price: { amount: 200 } }]);
  });
});

describe('an import whose currency nobody tells', () => {
  it('waits, and goes on when auth is back', async () => {
    const who = owner();
    fixture.answerWith(() => undefined);
    const { length } = fixture.asked;
    const { body } = await fixture.upload(who, 'kind=products', file);
    await until(() => fixture.asked.length > length, { what: 'auth is asked' });
    fixture.answerWith(() => ({ currency: 'EUR' }));
    expect(await fixture.ended(who, `/v1/imports/${body.id}`)).toMatchObject({ status: 'done', rowsDone: 2 });
  });
});
