// Places of unfinished jobs, and the end of those that ended long ago; on real servers.
import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DomainError } from '@holdfast/shared/errors';
import { asTenant } from '@holdfast/shared/persistence';
import { newId, silentLog, stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draftExport, type Export, failExport, finishExport, withoutFile } from '../exports/export.ts';
import { draftImport, failImport, type Import, withoutFile as importWithoutFile } from '../imports/import.ts';
import { type JobFixture, openJobFixture } from '../imports/imports.fixture.ts';
import { endedJobsKeptMs, openJobsMax, unfinishedFileMs } from '../limits.ts';
import { fileKey } from '../storage/storage.ts';
import { purgeJobs } from './purge-jobs.job.ts';

let catalog: JobFixture;
beforeAll(async () => {
  catalog = await openJobFixture();
});
afterAll(() => catalog.close());

const at = (ms: number) => stampNow({ now: () => new Date(ms) });
/** Due long after the test, so that no process works on it. */
const later = () => at(Date.now() + 3_600_000);

function newExport(tenantId: string, stamp = later()) {
  const id = newId('exp');
  const file = fileKey(tenantId, 'exports', `${id}.csv`);
  const asked = { kind: 'orders', format: 'csv', filter: null, withCost: false } as const;
  return draftExport({ id, tenantId, file, ...asked, createdBy: 'usr_1', creation: null }, stamp);
}
function newImport(tenantId: string, stamp = later()) {
  const id = newId('imp');
  const file = fileKey(tenantId, 'imports', `${id}.csv`);
  const asked = { kind: 'products', decimal: 'point', bytes: 1, rowsMax: 10 } as const;
  return draftImport({ id, tenantId, file, ...asked, createdBy: 'usr_1', creation: null }, stamp);
}

describe('unfinished jobs of a tenant', () => {
  it('are as many as there are places, also when more are asked for at once', async () => {
    const tenantId = newId('ten');
    const { exports } = catalog.deps;
    const asked = Array.from({ length: openJobsMax + 10 }, () => newExport(tenantId));
    const told = await asTenant(tenantId, () => Promise.allSettled(asked.map((one) => exports.add(one))));
    const refused = told.filter((one) => one.status === 'rejected').map(({ reason }) => reason as DomainError);
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 'too_many_jobs'));
    const unfinished = await asTenant(tenantId, () => exports.unfinished(tenantId));
    expect(new Set(unfinished.map(({ slot }) => slot)).size).toBe(openJobsMax);
  });

  it('give their place to the next one when they end', async () => {
    const tenantId = newId('ten');
    const { exports } = catalog.deps;
    await asTenant(tenantId, async () => {
      const jobs: Export[] = [];
      for (let n = 0; n < openJobsMax; n += 1) jobs.push(await exports.add(newExport(tenantId)));
      await expect(exports.add(newExport(tenantId))).rejects.toMatchObject({ code: 'too_many_jobs' });
      await exports.saveOne(failExport(jobs[3]!, { code: 'x', message: 'x' }, later()));
      expect(await exports.add(newExport(tenantId))).toMatchObject({ slot: jobs[3]!.slot });
    });
  });
});

describe('the purge', () => {
  it('takes jobs that ended long ago, with the errors of their rows, once their files are gone', async () => {
    const tenantId = newId('ten');
    const { exports, imports, importErrors } = catalog.deps;
    const old = at(Date.now() - endedJobsKeptMs - 60_000);
    const young = at(Date.now() - endedJobsKeptMs + 60_000);
    const failure = { code: 'x', message: 'x' };
    const endExport = async (stamp: typeof old) => {
      const failed = failExport(await exports.add(newExport(tenantId, stamp)), failure, stamp);
      await exports.saveOne(failed);
      await exports.saveOne(withoutFile(failed.after, stamp));
      return failed.after.id;
    };
    const endWithFile = async () => {
      const job = await exports.add(newExport(tenantId, old));
      await exports.saveOne(finishExport(job, { rowsDone: 1, bytes: 1 }, old, 2 * endedJobsKeptMs));
      return job.id;
    };
    const endImport = async (stamp: typeof old) => {
      const failed = failImport((await imports.add(newImport(tenantId, stamp))) as Import, failure, stamp);
      await imports.saveOne(failed);
      await imports.saveOne(importWithoutFile(failed.after));
      const { id } = failed.after;
      const row = { id: `${id}:2`, tenantId, importId: id, line: 2, column: 'sku', code: 'x', message: 'x' };
      await importErrors.insert([row], undefined as never);
      return id;
    };
    await asTenant(tenantId, async () => {
      const [gone, withFile, kept] = [await endExport(old), await endWithFile(), await endExport(young)];
      const [goneImport, keptImport] = [await endImport(old), await endImport(young)];
      await purgeJobs({ ...catalog.deps, clock: systemClock, log: silentLog });
      expect(await exports.read({ tenantId, id: gone })).toBeUndefined();
      expect(await exports.read({ tenantId, id: withFile })).toMatchObject({ id: withFile });
      expect(await exports.read({ tenantId, id: kept })).toMatchObject({ id: kept });
      expect(await imports.read({ tenantId, id: goneImport })).toBeUndefined();
      expect(await imports.read({ tenantId, id: keptImport })).toMatchObject({ id: keptImport });
      expect(await importErrors.after(tenantId, goneImport, 0, 9)).toEqual([]);
      expect(await importErrors.after(tenantId, keptImport, 0, 9)).toHaveLength(1);
    });
  });

  it('takes files that were never finished', async () => {
    const draft = join(catalog.folder, 'unfinished', 'left-behind');
    await catalog.deps.storage.check();
    await writeFile(draft, 'half');
    const age = new Date(Date.now() - unfinishedFileMs - 60_000);
    await utimes(draft, age, age);
    await purgeJobs({ ...catalog.deps, clock: systemClock, log: silentLog });
    await expect(stat(draft)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
