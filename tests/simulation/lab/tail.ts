// Following a stream without a cursor, as tailStreams does over a real Redis.
import type { EventTable } from '@holdfast/shared/contracts';
import { outsideContext } from '@holdfast/shared/persistence';
import { sleep } from '@holdfast/shared/values';
import type { Platform, Process } from './platform.ts';
import { slicesOf } from './redis-ports.ts';

const blockMs = 1_000;
const pauseMs = 200;

/** Delivers what comes from now on, until the process dies. */
export function tail<Context>(
  platform: Platform,
  process: Process,
  domain: string,
  table: EventTable<Context>,
  context: Context,
): void {
  const { redis, caller, partitions } = platform;
  const { life } = process;
  const clock = platform.clock(process);
  const kind = `redis ${process.service} tail ${domain}`;
  const after = new Map<number, string>();
  const read = () =>
    caller.call<ReturnType<typeof slicesOf>>({ life, server: redis, kind }, (answer) => {
      const deadline = redis.world.nowMs + blockMs;
      for (const partition of partitions) {
        if (!after.has(partition)) after.set(partition, redis.streams(domain).streams.get(partition)?.lastId ?? '0-0');
      }
      const refs = [...after].map(([partition, id]) => ({ domain, partition, after: id }));
      const look = () => {
        const found = slicesOf(redis, refs, 256);
        if (found.length > 0 || redis.world.nowMs >= deadline || !life.alive) answer(found);
        else redis.onNews(look, Math.max(1, deadline - redis.world.nowMs));
      };
      look();
    });
  void outsideContext(async () => {
    for (;;) {
      try {
        for (const { partition, entries } of await read()) {
          after.set(partition, entries.at(-1)!.id);
          for (const { text } of entries) deliver(text, table, context);
        }
      } catch {
        await sleep(clock, pauseMs);
      }
    }
  });
}

function deliver<Context>(text: string, table: EventTable<Context>, context: Context): void {
  try {
    const event = table.read(text);
    if (event) table.dispatch(event, context);
  } catch {
    // A forged entry; the real tail logs it.
  }
}
