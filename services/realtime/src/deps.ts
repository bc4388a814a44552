// Everything that realtime works with, opened in order and closed in reverse.
import type { Tail, TailOptions } from '@holdfast/shared/messaging';
import { descriptorLimit } from '@holdfast/shared/process';
import { type OpeningService, openService, type ServiceOptions } from '@holdfast/shared/service';
import { systemClock } from '@holdfast/shared/values';
import type { Config } from './config.ts';
import { descriptorsWantedMin, lingerMs, repeatsMax, repeatsPerTenantMax } from './limits.ts';
import { appendEvents } from './log/append-events.ts';
import { createPublicLogStore, log, logHeads, type PublicLogStore } from './log/public-log.store.ts';
import { readEvents } from './log/public-log.ts';
import { rememberEvents } from './log/repeats.ts';
import { openCrossPod } from './sockets/cross-pod.ts';
import { createVariantStateStore, type VariantStateStore, variantStates } from './variants/variant-state.store.ts';

/** No snapshots: what the stream of the log lost is in the log's own documents. */
export const collections = [log, logHeads, variantStates] as const;

export type Deps = Awaited<ReturnType<typeof openDeps>>;

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export function openDeps(config: Config, options: ServiceOptions = {}) {
  return openService(
    {
      name: 'realtime',
      publishes: 'public',
      config,
      collections,
      stores: (database) => ({
        publicLog: createPublicLogStore(database),
        variants: createVariantStateStore(database),
      }),
    },
    options,
    async (service) => {
      const consumer = await startLogWriter(service);
      const trust = service.startTrust(config.AUTH_URL);
      const { REDIS_URL: redisUrl, STREAM_GENERATION: generation } = config;
      const crossPod = openCrossPod({ redisUrl, generation, log: service.log });
      service.onClose('commands between pods', () => crossPod.close());
      const limit = descriptorLimit();
      if (limit < descriptorsWantedMin) {
        service.log.warn({ limit, wanted: descriptorsWantedMin }, 'few file descriptors: raise the limit (ulimit -n)');
      }
      return {
        consumer,
        trust,
        crossPod,
        /** File descriptors that this process may have open. */
        descriptorLimit: limit,
        /** Follows the public log from when Redis is there until this process ends. */
        followLog: (onEntry: TailOptions['onEntry'], onStart: (tail: Tail) => void) =>
          service.startTail({ stream: 'public', onEntry }, onStart),
      };
    },
  );
}

type Stores = { publicLog: PublicLogStore; variants: VariantStateStore };

/** The owner of a partition number of all domains: every event goes into its tenant's public log. */
function startLogWriter({ stores, startConsumer }: OpeningService<Config, Stores>) {
  const repeats = rememberEvents({ perTenantMax: repeatsPerTenantMax, eventsMax: repeatsMax });
  return startConsumer({
    table: readEvents,
    mode: 'transaction',
    limits: { lingerMs },
    handle: (batch, session) => {
      if (!session) throw new Error('the public log is written in a transaction');
      const { publicLog, variants } = stores;
      return appendEvents({ log: publicLog, variants, repeats, clock: systemClock }, batch, session);
    },
  });
}
