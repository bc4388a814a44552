// What works on imports and exports in this process: the storage of their files, their queues, the sweep behind them.
import type { WriteMarker } from '@holdfast/shared/cache';
import { type AskService, askService } from '@holdfast/shared/http';
import type { WorkQueue } from '@holdfast/shared/jobs';
import type { OpeningService } from '@holdfast/shared/service';
import { stampNow } from '@holdfast/shared/values';
import { z } from 'zod';
import type { Config } from './config.ts';
import type { Stores } from './deps.ts';
import { withoutFile as exportWithoutFile } from './exports/export.ts';
import { productRows } from './exports/product-rows.ts';
import { movementRows, orderRows, stockRows } from './exports/remote-rows.ts';
import { type RunExportDeps, runExport } from './exports/run-export.ts';
import { countApplier } from './imports/apply-counts.ts';
import { productApplier } from './imports/apply-products.ts';
import { withoutFile as importWithoutFile } from './imports/import.ts';
import { type RunImportDeps, runImport } from './imports/run-import.ts';
import { NotNow } from './jobs/end-early.ts';
import { purgeJobs } from './jobs/purge-jobs.job.ts';
import { sweepJobs } from './jobs/sweep-jobs.job.ts';
import {
  abandonedAfterMs,
  askTimeoutMs,
  exportsAtOnce,
  importsAtOnce,
  jobSweepEveryMs,
  purgeEveryMs,
} from './limits.ts';
import { openStorage } from './storage/open-storage.ts';
import type { Storage } from './storage/storage.ts';

type Opening = OpeningService<Config, Stores>;
/** Stores whose writes tell the cache, and what says that they are done. */
type Marked = { stores: Stores; marker: WriteMarker };
const dayMs = 86_400_000;

export type JobParts = { storage: Storage; importQueue: WorkQueue; exportQueue: WorkQueue };

/** Opens the storage and starts to work on what is due. */
export async function openJobs(service: Opening, { stores, marker }: Marked): Promise<JobParts> {
  const { config, onClose } = service;
  const storage = await openStorage({ folder: config.STORAGE_DIR, s3: s3Of(config) });
  onClose('storage', async () => storage.close());
  const ask = (urls: string) => askService(urls, config.INTERNAL_TOKEN, askTimeoutMs);
  const askInventory = ask(config.INVENTORY_URL);
  const importQueue = startImports(service, { stores, marker, storage, askInventory, askAuth: ask(config.AUTH_URL) });
  const exportQueue = startExports(service, { stores, storage, askInventory, askOrders: ask(config.ORDERS_URL) });
  await service.startSweep({
    name: 'catalog-jobs',
    everyMs: jobSweepEveryMs,
    async run() {
      const deps = { storage, clock: service.clock, log: service.log };
      const stamp = () => stampNow(service.clock);
      await sweepJobs({ store: stores.imports, queue: importQueue, withoutFile: importWithoutFile }, deps);
      const withoutFile = (job: Parameters<typeof exportWithoutFile>[0]) => exportWithoutFile(job, stamp());
      await sweepJobs({ store: stores.exports, queue: exportQueue, withoutFile }, deps);
    },
  });
  await service.startSweep({
    name: 'catalog-purge-jobs',
    everyMs: purgeEveryMs,
    run: () => purgeJobs({ ...stores, storage, clock: service.clock, log: service.log }),
  });
  return { storage, importQueue, exportQueue };
}

type Parts = { storage: Storage; askInventory: AskService };
type ImportParts = Parts & Marked & { askAuth: AskService };
type ExportParts = Parts & { stores: Stores; askOrders: AskService };

function startImports(service: Opening, { stores, marker, storage, askInventory, askAuth }: ImportParts): WorkQueue {
  const { database, clock, log } = service;
  const queue: WorkQueue = service.startWorkQueue({
    name: 'catalog-imports',
    concurrency: importsAtOnce,
    run: (job, signal) => runImport(job, signal, deps),
  });
  const deps: RunImportDeps = {
    ...stores,
    database,
    storage,
    clock,
    log,
    importQueue: queue,
    abandonedAfterMs,
    currencyOf: (tenantId) => currencyOf(tenantId, askAuth),
    appliers: {
      products: productApplier({ ...stores, marker, database, clock }),
      'stock-counts': countApplier({ ...stores, askInventory }),
    },
  };
  return queue;
}

function startExports(service: Opening, { stores, storage, askInventory, askOrders }: ExportParts): WorkQueue {
  const { config, clock, log } = service;
  const deps: RunExportDeps = {
    ...stores,
    storage,
    clock,
    log,
    abandonedAfterMs,
    keptMs: config.EXPORT_RETENTION_DAYS * dayMs,
    sources: {
      products: productRows(stores),
      stock: stockRows(askInventory),
      movements: movementRows(askInventory),
      orders: orderRows(askOrders),
    },
  };
  return service.startWorkQueue({
    name: 'catalog-exports',
    concurrency: exportsAtOnce,
    run: (job, signal) => runExport(job, signal, deps),
  });
}

const tenantAnswer = z.object({ currency: z.string() });

async function currencyOf(tenantId: string, askAuth: AskService): Promise<string> {
  const asked = await askAuth(`/internal/tenants/${encodeURIComponent(tenantId)}`).catch((error) => {
    throw new NotNow('auth does not answer', error);
  });
  return tenantAnswer.parse(asked).currency;
}

function s3Of(config: Config) {
  if (config.STORAGE_S3_BUCKET === undefined) return undefined;
  return {
    bucket: config.STORAGE_S3_BUCKET,
    region: config.STORAGE_S3_REGION,
    endpoint: config.STORAGE_S3_ENDPOINT,
    accessKeyId: config.STORAGE_S3_ACCESS_KEY_ID,
    secretAccessKey: config.STORAGE_S3_SECRET_ACCESS_KEY,
  };
}
