// What happens to the installation from outside: processes die or stop for a while, Redis loses its tail or everything,
// MongoDB dies, time jumps, somebody writes into a stream. Invariant: it never touches what a majority has in MongoDB.
import { firstIdAt, parseId } from '@holdfast/shared/messaging';
import type { Checker } from './checker.ts';
import type { Platform } from './platform.ts';

const deeds = [
  'crash',
  'crash-all',
  'pause',
  'redis-empty',
  'redis-empty-running',
  'redis-tail',
  'redis-tail-running',
  'redis-restart',
  'mongod',
  'reminder-jump',
  'window-jump',
  'poison',
  'foreign',
  'history-lost',
] as const;
export type Deed = (typeof deeds)[number];
export type Weights = Partial<Record<Deed, number>>;

/** Longer than the time in which an order must be decided, and than trimming keeps what everybody has. */
export const windowMs = 16 * 60_000;

export const everything: Weights = {
  crash: 6,
  'crash-all': 1,
  pause: 4,
  'redis-empty': 1,
  'redis-empty-running': 2,
  'redis-tail': 2,
  'redis-tail-running': 3,
  'redis-restart': 2,
  mongod: 2,
  'reminder-jump': 2,
  'window-jump': 1,
  poison: 1,
  foreign: 1,
};

export class Nemesis {
  isOver = false;
  readonly #platform: Platform;
  readonly #checker: Checker;
  readonly #bag: readonly Deed[];
  readonly #pauseMs: number;
  #restore: (() => void) | undefined;

  constructor(platform: Platform, checker: Checker, weights: Weights, pauseMs: number) {
    this.#platform = platform;
    this.#checker = checker;
    this.#pauseMs = pauseMs;
    this.#bag = deeds.flatMap((deed) => Array<Deed>(weights[deed] ?? 0).fill(deed));
  }

  start(): void {
    const { world } = this.#platform;
    world.after(world.chance.between(0, this.#pauseMs), 'nemesis', () => {
      if (this.isOver || this.#bag.length === 0) return;
      this.#act(world.chance.pick(this.#bag));
      this.start();
    });
    // From time to time what a file of Redis would hold if it were lost now.
    if (world.chance.hits(0.5)) this.#restore = this.#platform.redis.copy();
  }

  /** Ends all faults: everybody goes on. */
  heal(): void {
    this.isOver = true;
    for (const { life } of this.#platform.processes) life.pausedUntilMs = 0;
  }

  #act(deed: Deed): void {
    const { world, redis, stores, processes } = this.#platform;
    const { chance } = world;
    world.note(`NEMESIS ${deed}`);
    switch (deed) {
      case 'crash':
        world.crash(chance.pick(processes).life, 'killed');
        break;
      case 'crash-all':
        for (const { life } of processes) world.crash(life, 'killed');
        break;
      case 'pause': {
        const ms = chance.hits(0.3) ? chance.between(2_000, 9_000) : chance.between(10, 800);
        chance.pick(processes).life.pausedUntilMs = world.nowMs + ms;
        break;
      }
      case 'redis-empty':
        redis.clear();
        redis.restart(chance.between(0, 1_000));
        break;
      case 'redis-empty-running':
        redis.clear();
        break;
      case 'redis-tail':
        this.#restore?.();
        redis.restart(chance.between(0, 1_000));
        break;
      case 'redis-tail-running':
        this.#restore?.();
        break;
      case 'redis-restart':
        redis.restart(chance.between(0, 2_000));
        break;
      case 'mongod':
        chance.pick(Object.values(stores)).crash(chance.between(0, 1_500));
        break;
      case 'reminder-jump':
        world.jump(31_000);
        break;
      case 'window-jump':
        world.jump(windowMs);
        break;
      case 'poison':
      case 'foreign':
        this.#forge(deed);
        break;
      case 'history-lost':
        redis.clear();
        for (const store of Object.values(stores)) if (chance.hits(0.6)) store.loseHistory();
        this.#platform.isHistoryLost = true;
        break;
      default:
        deed satisfies never;
    }
  }

  /** Writes an entry of its own: between the last entry and the position (poison), or above the position (foreign). */
  #forge(deed: 'poison' | 'foreign'): void {
    const { world, redis, partitions } = this.#platform;
    const domain = world.chance.pick(['catalog', 'inventory', 'orders']);
    const partition = world.chance.pick(partitions);
    const streams = redis.streams(domain);
    const held = streams.streams.get(partition);
    const position = streams.positionsHeld.get(partition);
    if (!held || !position) return;
    const [seconds, sequence] = parseId(deed === 'poison' ? held.lastId : firstIdAt(position.at));
    const id = deed === 'poison' ? `${seconds}-${sequence + 1}` : `${seconds}-${sequence + 5}`;
    // Right after the last entry there may be no room below the position.
    if (deed === 'poison' && firstIdAt(position.at) === id) return;
    held.entries.push([id, 'no event']);
    held.lastId = id;
    this.#checker.streams.forged.add(`${domain} ${partition} ${id}`);
    redis.news();
  }
}
