// What works on reconciliations in this process: their queue, the sweep behind it, the schedule.
import { askService } from '@holdfast/shared/http';
import { followWatermarks } from '@holdfast/shared/messaging';
import type { OpeningService } from '@holdfast/shared/service';
import { partitionOf } from '@holdfast/shared/values';
import type { Config } from './config.ts';
import {
  reconciliationSweepMs,
  reconciliationsAtOnce,
  reconciliationsKeptMs,
  reconciliationsPurgedMax,
  reconciliationsPurgeMs,
  scheduleEveryMs,
} from './limits.ts';
import { ordersPort } from './reconciliation/ask-orders.ts';
import type { Reconciliation } from './reconciliation/reconciliation.ts';
import { runReconciliation } from './reconciliation/run-reconciliation.ts';
import { createSchedule } from './reconciliation/schedule-reconciliations.job.ts';
import { sweepReconciliations } from './reconciliation/sweep-reconciliations.job.ts';
import type { Stores } from './stores.ts';

export type ReconciliationParts = Awaited<ReturnType<typeof openReconciliation>>;

const hourMs = 3_600_000;

/** Starts to work on what is due; returns what the routes need besides the stores. */
export async function openReconciliation(service: OpeningService<Config, Stores>) {
  const { config, database, stores, clock, log, metrics } = service;
  const { REDIS_URL: redisUrl, STREAM_GENERATION: generation } = config;
  const followed = followWatermarks({ redisUrl, generation, stream: 'orders', consumer: 'inventory', log });
  service.onClose('watermarks of orders', () => followed.stop());
  const ended = metrics.kinds('reconciliations_total', 'Reconciliations that ended, by what came of them.');
  const onEnd = ({ status, differenceCount }: Reconciliation) =>
    ended.count(status === 'failed' ? 'failed' : differenceCount > 0 ? 'drift' : 'sound', 1);
  const deps = {
    ...stores,
    database,
    clock,
    log,
    onEnd,
    orders: ordersPort(askService(config.ORDERS_URL, config.INTERNAL_TOKEN)),
    appliedUpToMs: (tenantId: string) => followed.of(partitionOf(tenantId)),
    confirmAfterMs: config.RECONCILIATION_CONFIRM_SECONDS * 1_000,
  };
  const queue = service.startWorkQueue({
    name: 'inventory-reconciliations',
    concurrency: reconciliationsAtOnce,
    run: (job, signal) => runReconciliation(job, signal, deps),
  });
  const enqueue = queue.enqueue;
  await service.startSweep({
    name: 'reconciliations-due',
    everyMs: reconciliationSweepMs,
    run: () => sweepReconciliations({ ...stores, clock, enqueue }),
  });
  await service.startSweep({
    name: 'reconciliations-scheduled',
    everyMs: scheduleEveryMs,
    run: createSchedule({ ...stores, clock, enqueue, periodMs: config.RECONCILIATION_HOURS * hourMs }),
  });
  await service.startSweep({
    name: 'reconciliations-purged',
    everyMs: reconciliationsPurgeMs,
    async run() {
      const before = new Date(clock.now().getTime() - reconciliationsKeptMs);
      await stores.reconciliations.purge(before, reconciliationsPurgedMax);
    },
  });
  return { orders: deps.orders, enqueue };
}
