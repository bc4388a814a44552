// What runs beside the requests of a service, until the service closes. Only starting a consumer waits for something,
// which is MongoDB.
import { startTrust, type Trust } from '../http/index.ts';
import { type SweepOptions, startSweep, startWorkQueue, type WorkQueue, type WorkQueueOptions } from '../jobs/index.ts';
import {
  type ConsumerOptions,
  type ServiceConsumer,
  startConsumer,
  type Tail,
  type TailOptions,
  tailStreams,
} from '../messaging/index.ts';
import type { Parts } from '../process/index.ts';
import type { Service } from './open-service.ts';

type Streams = 'redisUrl' | 'generation' | 'log';

export interface BackgroundWork {
  /** Loads keys and revocations from auth, as soon as it answers, and keeps them current. */
  startTrust(authUrl: string): Trust;
  startConsumer(options: Omit<ConsumerOptions, Streams | 'service' | 'database' | 'metrics'>): Promise<ServiceConsumer>;
  startSweep(options: Omit<SweepOptions, Streams>): Promise<void>;
  startWorkQueue(options: Omit<WorkQueueOptions, Streams>): WorkQueue;
  /** Follows a stream from when Redis is there, which may be long after the start; `onStart` is called then. */
  startTail(options: Omit<TailOptions, Streams>, onStart?: (tail: Tail) => void): void;
}

/** What starts the background work of a service that is being opened. */
export function backgroundWork({ name, config, database, metrics, log }: Service, parts: Parts): BackgroundWork {
  const streams = { redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION, log };
  return {
    startTrust(authUrl) {
      const trust = startTrust({ authUrl, internalToken: config.INTERNAL_TOKEN, log, streams });
      parts.onClose('trust', () => trust.stop());
      return trust;
    },
    startConsumer(options) {
      const events = metrics.kinds('consumer_events_total', 'What happened to events that were read, by kind.');
      return parts.open(
        'consumer',
        () => startConsumer({ ...options, ...streams, service: name, database, metrics: events }),
        (consumer) => consumer.stop(),
      );
    },
    async startSweep(options) {
      await parts.open(
        `sweep ${options.name}`,
        () => startSweep({ ...options, ...streams }),
        (sweep) => sweep.stop(),
      );
    },
    startWorkQueue(options) {
      const queue = startWorkQueue({ ...options, ...streams });
      parts.onClose(`queue ${options.name}`, () => queue.stop());
      return queue;
    },
    startTail(options, onStart = () => {}) {
      parts.onClose(`tail of ${options.stream}`, tailInBackground({ ...options, ...streams }, onStart));
    },
  };
}

/** Starts a tail that nobody waits for; the returned function stops it. */
function tailInBackground(options: TailOptions, onStart: (tail: Tail) => void): () => Promise<void> {
  let stopping = false;
  const tail = tailStreams(options);
  const stop = async () => (await tail).stop();
  tail
    .then((started) => (stopping ? stop() : onStart(started)))
    .catch((error) => options.log.error({ err: error, stream: options.stream }, 'tail failed'));
  return async () => {
    stopping = true;
    // Still waiting for Redis: it stops itself when it gets there.
    await Promise.race([stop(), new Promise((resolve) => setImmediate(resolve))]);
  };
}
