// Commands between the pods (disconnect), over @socket.io/redis-adapter. Messages never go this way:
// each pod reads the public log itself.
// Invariant: Redis being down loses a command at most; it never fails a request,
// and subscriptions are made again when it is back.
import { connectRedis } from '@holdfast/shared/redis';
import type { Log } from '@holdfast/shared/values';
import { createAdapter } from '@socket.io/redis-adapter';

type Options = { redisUrl: string; generation: string; log: Log };
export type CrossPod = { adapter: ReturnType<typeof createAdapter>; close(): void };

/** Two connections, one of them in subscriber mode. */
export function openCrossPod({ redisUrl, generation, log }: Options): CrossPod {
  const publisher = connectRedis(redisUrl, { purpose: 'sockets-pub' });
  const subscriber = connectRedis(redisUrl, { purpose: 'sockets-sub', blocking: true });
  const channels = new Set<string>();
  const patterns = new Set<string>();
  const quietly = (work: Promise<unknown>) =>
    void work.catch((error) => log.warn({ reason: (error as Error).message }, 'a command between pods was lost'));

  // The adapter subscribes once, without waiting; after an outage at that moment nobody would do it again.
  subscriber.on('ready', () => {
    if (patterns.size > 0) quietly(subscriber.psubscribe(...patterns));
    if (channels.size > 0) quietly(subscriber.subscribe(...channels));
  });
  const pub = {
    publish: (channel: string, message: string | Buffer) => quietly(publisher.publish(channel, message)),
    on: publisher.on.bind(publisher),
    off: publisher.off.bind(publisher),
  };
  const sub = {
    psubscribe(pattern: string) {
      patterns.add(pattern);
      quietly(subscriber.psubscribe(pattern));
    },
    subscribe(names: string[]) {
      for (const name of names) channels.add(name);
      quietly(subscriber.subscribe(...names));
    },
    punsubscribe: (pattern: string) => void patterns.delete(pattern),
    unsubscribe(names: string[]) {
      for (const name of names) channels.delete(name);
    },
    on: subscriber.on.bind(subscriber),
    off: subscriber.off.bind(subscriber),
  };
  return {
    adapter: createAdapter(pub, sub, { key: `sockets:${generation}` }),
    close() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
