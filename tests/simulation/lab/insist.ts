// How clients ask: with one key until there is an answer that settles it, or patience ends.
import { DomainError } from '@holdfast/shared/errors';
import { Conflict } from '@holdfast/shared/persistence';
import { sleep } from '@holdfast/shared/values';
import { mongo } from 'mongoose';
import { clockOf } from './calls.ts';
import type { History } from './history.ts';
import type { Reply } from './http.ts';
import type { Platform } from './platform.ts';
import type { Life } from './world.ts';

const attemptsMax = 5;

export class Patience {
  readonly #platform: Platform;
  readonly #history: History;
  #numbers = 0;

  constructor(platform: Platform, history: History) {
    this.#platform = platform;
    this.#history = history;
  }

  /** Repeats a request until there is an answer that settles it, or patience ends. */
  async insist<T>(life: Life, send: () => Promise<Reply<T>>, settles: (reply: Reply<T>) => boolean): Promise<void> {
    const { world } = this.#platform;
    const clock = clockOf(world, life);
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const reply = await send();
      if (reply.kind === 'failed') this.#judge(reply.error);
      if (settles(reply)) return;
      if (world.chance.hits(0.15)) return;
      await sleep(clock, world.chance.between(5, 600));
    }
  }

  /** What a request may fail with; anything else is a bug. */
  #judge(error: unknown): void {
    if (error instanceof DomainError || error instanceof Conflict || error instanceof mongo.MongoError) return;
    this.#platform.world.violate(`a request failed with ${(error as Error).stack ?? error}`);
  }

  /** Whether a reply refuses for good. */
  isRefusal(reply: Reply<unknown>, what: string): boolean {
    if (reply.kind === 'failed' && reply.error instanceof DomainError) {
      this.#history.count(`${what} ${reply.error.code}`);
      return reply.error.status < 500;
    }
    this.#history.count(`${what} ${reply.kind}`);
    return false;
  }

  key(name: string): string {
    this.#numbers += 1;
    return `${name}-${this.#numbers}`;
  }
}
