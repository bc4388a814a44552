// Calls from a process to a server: the only way out of a process, and so the place of every fault. Invariant: a call
// that a server did not answer may or may not have been applied, and a dead process never hears of it.
import type { Clock } from '@holdfast/shared/values';
import type { Life, World } from './world.ts';

/** A server as its clients see it: it goes away, and comes back with a new epoch; calls do not outlive an epoch. */
export interface Server {
  readonly name: string;
  epoch: number;
  downUntilMs: number;
  /** What a client gets when the connection breaks. */
  broken(): Error;
}

/** How likely each fault of a call is; all 0 once faults have ended. */
export interface CallFaults {
  crash: number;
  lostRequest: number;
  lostReply: number;
  late: number;
  duplicate: number;
  slow: number;
}

export const noFaults: CallFaults = { crash: 0, lostRequest: 0, lostReply: 0, late: 0, duplicate: 0, slow: 0.02 };

/** Answers a call, perhaps later; `waitMs`: how long the reply is held back for (a majority's word). */
export type Answer<T> = (value: T, waitMs?: number) => void;

/**
 * Thrown by a server that cannot serve yet, for example because a document is locked:
 * the call is served again in a moment.
 */
export const busy = Symbol('busy');

interface CallOptions {
  readonly life: Life;
  readonly server: Server;
  /** What is called, such as `orders mongo orders.bulkWrite`. */
  readonly kind: string;
  /** The request may reach the server twice. */
  readonly isRepeatable?: boolean;
}

/** Which kinds of calls there were, and how often a process died `before` or `after` each of them. */
export interface Census {
  readonly calls: Map<string, number>;
  readonly crashes: Map<string, number>;
}

type Fate = 'good' | 'crash-before' | 'crash-after' | 'lost-request' | 'lost-reply' | 'late';

export class Caller {
  faults: CallFaults;
  /** `before` or `after` and a kind: the process that makes the first call of that kind dies in it. */
  crashAt: string | undefined;
  readonly census: Census = { calls: new Map(), crashes: new Map() };
  readonly #world: World;

  constructor(world: World, faults: CallFaults) {
    this.#world = world;
    this.faults = faults;
  }

  /** Sends a request; the promise never settles when the process dies. */
  call<T>(options: CallOptions, serve: (answer: Answer<T>) => void): Promise<T> {
    const { life, server, kind, isRepeatable } = options;
    const world = this.#world;
    if (!life.alive) return new Promise(() => {});
    this.census.calls.set(kind, (this.census.calls.get(kind) ?? 0) + 1);
    const fate = this.#fateOf(kind);
    if (fate === 'crash-before') {
      this.#die(life, 'before', kind);
      return new Promise(() => {});
    }
    const { chance } = world;
    const epoch = server.epoch;
    return new Promise<T>((resolve, reject) => {
      let isSettled = false;
      const settle = (ms: number, how: string, act: () => void) => {
        if (fate === 'crash-after') return this.#die(life, 'after', kind);
        const finish = () => {
          if (isSettled) return;
          isSettled = true;
          act();
        };
        world.after(ms, `${how} ${kind}`, finish, life);
      };
      const fail = (ms: number) => settle(ms, 'broken', () => reject(server.broken()));
      const reply: Answer<T> = (value, waitMs = 0) => {
        if (fate === 'lost-reply') return fail(chance.between(1, 100));
        const deliver = () => (server.epoch === epoch ? resolve(value) : reject(server.broken()));
        settle(waitMs + this.#delay(), 'reply', deliver);
      };
      const arrive = (answer: Answer<T>) => {
        if (server.epoch !== epoch || world.nowMs < server.downUntilMs) return fail(this.#delay());
        // The last request of a dead process may have left it, or not.
        if (!life.alive && chance.hits(0.5)) return;
        try {
          serve(answer);
        } catch (error) {
          if (error === busy) world.after(chance.between(0.5, 3), `wait ${kind}`, () => arrive(answer));
          else settle(this.#delay(), 'refused', () => reject(error));
        }
      };
      if (fate === 'lost-request') return fail(chance.between(1, 100));
      if (fate === 'late') fail(chance.between(1, 50));
      const travelMs = fate === 'late' ? chance.between(20, chance.hits(0.2) ? 3_000 : 200) : this.#delay();
      world.after(travelMs, `serve ${life.name} ${kind}`, () => arrive(reply));
      if (isRepeatable && chance.hits(this.faults.duplicate)) {
        world.after(travelMs + chance.between(0, 20), `serve again ${life.name} ${kind}`, () => arrive(() => {}));
      }
    });
  }

  #fateOf(kind: string): Fate {
    const { chance } = this.#world;
    const { crash, lostRequest, lostReply, late } = this.faults;
    for (const side of ['before', 'after'] as const) {
      if (this.crashAt !== `${side} ${kind}`) continue;
      this.crashAt = undefined;
      return `crash-${side}`;
    }
    let roll = chance.next() - crash;
    if (roll < 0) return chance.hits(0.5) ? 'crash-before' : 'crash-after';
    roll -= lostRequest;
    if (roll < 0) return 'lost-request';
    roll -= lostReply;
    if (roll < 0) return 'lost-reply';
    return roll - late < 0 ? 'late' : 'good';
  }

  #die(life: Life, side: 'before' | 'after', kind: string): void {
    if (!life.alive) return;
    const point = `${side} ${kind}`;
    this.census.crashes.set(point, (this.census.crashes.get(point) ?? 0) + 1);
    this.#world.crash(life, point);
  }

  #delay(): number {
    const { chance } = this.#world;
    return chance.hits(this.faults.slow) ? chance.between(1, 60) : chance.between(0.05, 0.8);
  }
}

/** Time as a process sees it: every wait goes through the world. */
export function clockOf(world: World, life: Life): Clock {
  const after = (ms: number, text: string, work: () => void) =>
    life.alive ? world.after(Math.max(0, ms), text, work, life) : () => {};
  return {
    now: () => world.now(),
    monotonicMs: () => world.nowMs,
    after: (ms, work) => after(ms, 'wakes', work),
    nextTurn: (work) => void after(0, 'turns', work),
  };
}
