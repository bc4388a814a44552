// What streams must hold: the events of the oplog, in its order, each once, without a hole from their beginning to
// their position. The ids are counted here once more, from the oplog alone.
import { positionAfter, streamId } from '@holdfast/shared/messaging';
import { partitionOf } from '@holdfast/shared/values';
import { later } from '../../../packages/shared/src/messaging/streams/positions.ts';
import type { OplogEntry } from './mongo-store.ts';
import type { SimRedis } from './redis.ts';
import type { World } from './world.ts';

interface Truth {
  readonly ids: string[];
  readonly indexOf: Map<string, number>;
}

export class StreamCheck {
  /** Entries that the nemesis wrote itself: `<domain> <partition> <id>`. */
  readonly forged = new Set<string>();
  readonly #truths = new Map<string, Truth>();
  readonly #counts = new Map<string, { time: string; ordinal: number }>();
  readonly #world: World;
  readonly #redis: SimRedis;

  constructor(world: World, redis: SimRedis) {
    this.#world = world;
    this.#redis = redis;
  }

  /** The last id that a partition's stream must come to hold; undefined when there is none. */
  lastId(domain: string, partition: number): string | undefined {
    return this.#truth(domain, partition).ids.at(-1);
  }

  /** Events that a majority has. */
  learn(domain: string, entries: readonly OplogEntry[]): void {
    const count = this.#counts.get(domain) ?? { time: '', ordinal: 0 };
    this.#counts.set(domain, count);
    for (const { time, events } of entries) {
      if (time !== count.time) Object.assign(count, { time, ordinal: 0 });
      for (const { tenantId } of events) {
        const truth = this.#truth(domain, partitionOf(tenantId));
        const id = streamId(time, count.ordinal);
        truth.indexOf.set(id, truth.ids.length);
        truth.ids.push(id);
        count.ordinal += 1;
      }
    }
  }

  verify(domain: string, partition: number): void {
    const streams = this.#redis.streams(domain);
    const position = streams.positionsHeld.get(partition);
    const { ids, indexOf } = this.#truth(domain, partition);
    const place = `stream ${domain} ${partition}`;
    const isBefore = (id: string, at: string) => positionAfter(id) <= at;
    // What the oplog lost is re-emitted further on in the stream.
    const [beginsAt, completeFrom] = [position?.beginsAt ?? '', position?.completeFrom ?? ''];
    const from = later(beginsAt, completeFrom);
    let last = -1;
    for (const [id] of streams.entries(partition)) {
      if (this.forged.has(`${domain} ${partition} ${id}`)) continue;
      const index = indexOf.get(id);
      if (index === undefined) this.#world.violate(`${place}: entry ${id} is no event of the oplog`);
      else if (index <= last) this.#world.violate(`${place}: ${id} is a repetition`);
      // What lies before the beginning was needed by nobody when the stream was made; some of it may come all the same.
      else if (index > last + 1 && !isBefore(ids[index - 1]!, from)) {
        this.#world.violate(`${place}: ${ids[index - 1]} is missing before ${id}`);
      }
      last = index ?? last;
    }
    if (!position) return;
    const next = ids.slice(last + 1).find((id) => !isBefore(id, from));
    if (next !== undefined && isBefore(next, position.at)) {
      this.#world.violate(`${place}: position ${position.at} is past ${next}, which is not there`);
    }
  }

  #truth(domain: string, partition: number): Truth {
    const key = `${domain} ${partition}`;
    let truth = this.#truths.get(key);
    if (!truth) {
      truth = { ids: [], indexOf: new Map() };
      this.#truths.set(key, truth);
    }
    return truth;
  }
}
