// Everything that inventory works with, opened in order and closed in reverse.
import { acquireLease, connectRedis, purchaseOrderLockKey } from '@holdfast/shared/redis';
import { type OpeningService, openService, type ServiceOptions } from '@holdfast/shared/service';
import { systemRandom } from '@holdfast/shared/values';
import { sweepWithdrawals } from './adjustments/sweep-withdrawals.job.ts';
import type { Config } from './config.ts';
import { receiptLockMs, withdrawalSweepMs } from './limits.ts';
import { handled, onBatch } from './on-batch.ts';
import { openReconciliation } from './open-reconciliation.ts';
import type { ReservationChange } from './reservations/reserve-stock.ts';
import { createStockLevelCache } from './stock/stock-level-cache.ts';
import { createStockWriter } from './stock/stock-writer.ts';
import { collections, createStores, documentsOf, type Stores } from './stores.ts';

export type Deps = Awaited<ReturnType<typeof openDeps>>;

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export function openDeps(config: Config, options: ServiceOptions = {}) {
  return openService(
    {
      name: 'inventory',
      publishes: 'inventory',
      config,
      collections,
      stores: createStores,
    },
    options,
    async (service) => {
      const { database, stores, clock } = service;
      const trust = service.startTrust(config.AUTH_URL);
      const consumer = await startInventoryConsumer(service);
      const writer = createStockWriter({
        database,
        ...stores,
        documents: documentsOf(stores),
        clock,
        random: systemRandom,
      });
      const redis = connectRedis(config.REDIS_URL, { purpose: 'inventory-locks' });
      service.onClose('locks', () => redis.disconnect());
      const lockPurchaseOrder = (id: string) => acquireLease(redis, purchaseOrderLockKey(id), receiptLockMs);
      service.onClose('commands on stock', () => writer.drain());
      await service.startSweep({
        name: 'withdrawals-due',
        everyMs: withdrawalSweepMs,
        run: () => sweepWithdrawals({ ...stores, writer, clock, log: service.log }),
      });
      return { ...stores, ...(await openReconciliation(service)), trust, consumer, writer, lockPurchaseOrder };
    },
  );
}

/**
 * Follows auth, the catalog and orders. New tenants and variants first:
 * an order may name what was created just before it.
 */
function startInventoryConsumer({ stores, clock, metrics, log, startConsumer }: OpeningService<Config, Stores>) {
  const levelCache = createStockLevelCache(clock);
  const decided = metrics.kinds(
    'reservation_requests_decided_total',
    'Requests of orders and their parcels, by outcome.',
  );
  const onDecided = (changes: readonly ReservationChange[]) => {
    for (const { after, events } of changes) {
      for (const { type } of events) decided.count(type.split('.').at(-2)!, 1);
      const { id: orderId, tenantId, request, state, outcome } = after;
      log.debug({ tenantId, orderId, request, state, outcome }, 'request decided');
    }
  };
  return startConsumer({
    table: handled,
    drainFirst: ['auth', 'catalog'],
    mode: 'transaction',
    handle: (batch, session) => {
      if (session === undefined) throw new Error('a batch of inventory is one transaction');
      return onBatch(batch, session, { ...stores, levelCache, clock, onDecided });
    },
  });
}
