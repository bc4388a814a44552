// Group commit: whatever arrived while the previous write was in flight goes into the next one. Invariant: every
// accepted item is in exactly one run and gets exactly one answer; a run begins when the one before has ended or has
// used up its time, so that one that never ends cannot stop all that come after; items keep their order of arrival; a
// run holds at most maxItems items and maxBytes bytes (one larger item goes alone).
import { DomainError } from '../../errors/index.ts';
import { outsideContext } from '../../persistence/index.ts';
import { type Clock, systemClock, withTimeout } from '../../values/index.ts';
import { batchRunMsMax } from './limits.ts';

export interface BatcherOptions<T, R> {
  readonly maxItems: number;
  readonly maxBytes?: number;
  /** Size of an item in bytes; required for maxBytes to have an effect. */
  readonly sizeOf?: (item: T) => number;
  /** Answers in the order of the items; an Error as an answer rejects that item only; a throw rejects the whole run. */
  readonly run: (items: T[]) => Promise<Array<R | Error>>;
  /** Awaited before items are taken for a run; what arrives meanwhile goes with them. Never rejects. */
  readonly beforeRun?: (waiting: readonly T[]) => Promise<void>;
  /**
   * Time of one run; then its items are answered with DomainError `unavailable`: what became of them is unknown.
   * Default 20 s.
   */
  readonly runMsMax?: number;
  /** Items waiting for a run, beyond which `add` is refused. */
  readonly maxWaiting: number;
  /** Default real time. */
  readonly clock?: Clock | undefined;
}

export interface Batcher<T, R> {
  /** Resolves with the item's own answer; rejects with DomainError `busy` when maxWaiting items wait already. */
  add(item: T): Promise<R>;
  /** Resolves when nothing waits and nothing runs. */
  drain(): Promise<void>;
  /** Items that wait for a run, without those in flight. */
  readonly waiting: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly bytes: number;
  readonly resolve: (answer: R) => void;
  readonly reject: (error: unknown) => void;
}

function takeNext<T, R>(queue: Waiting<T, R>[], maxItems: number, maxBytes: number): Waiting<T, R>[] {
  let count = 0;
  let bytes = 0;
  while (count < queue.length && count < maxItems) {
    bytes += queue[count]!.bytes;
    if (count > 0 && bytes > maxBytes) break;
    count++;
  }
  return queue.splice(0, count);
}

const tookTooLong = (): never => {
  throw new DomainError('unavailable');
};

async function settle<T, R>(
  batch: Waiting<T, R>[],
  { run, runMsMax = batchRunMsMax, clock = systemClock }: BatcherOptions<T, R>,
): Promise<void> {
  try {
    const answers = await withTimeout(clock, runMsMax, run(batch.map((waiting) => waiting.item)), tookTooLong);
    if (answers.length !== batch.length) throw new Error(`${answers.length} answers for ${batch.length} items`);
    for (const [n, waiting] of batch.entries()) {
      const answer = answers[n] as R | Error;
      if (answer instanceof Error) waiting.reject(answer);
      else waiting.resolve(answer);
    }
  } catch (error) {
    for (const waiting of batch) waiting.reject(error);
  }
}

/**
 * A batcher whose runs execute outside any request's context: a flush must not happen in the tenant of its first item.
 */
export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { maxItems, maxBytes = Number.POSITIVE_INFINITY, sizeOf = () => 0, maxWaiting } = options;
  const { clock = systemClock } = options;
  const queue: Waiting<T, R>[] = [];
  let idle: Promise<void> | undefined;

  const pump = async () => {
    // One turn of the event loop: requests that arrived in the same poll share the first run.
    await new Promise<void>((resolve) => clock.nextTurn(resolve));
    while (queue.length > 0) {
      await options.beforeRun?.(queue.map(({ item }) => item));
      await settle(takeNext(queue, maxItems, maxBytes), options);
    }
    idle = undefined;
  };

  return {
    add(item) {
      if (queue.length >= maxWaiting) return Promise.reject(new DomainError('busy'));
      return new Promise<R>((resolve, reject) => {
        queue.push({ item, bytes: sizeOf(item), resolve, reject });
        idle ??= outsideContext(pump);
      });
    },
    async drain() {
      while (idle) await idle;
    },
    get waiting() {
      return queue.length;
    },
  };
}
