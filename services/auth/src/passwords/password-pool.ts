// Hashing off the event loop, in a few threads behind a bounded queue.
// Invariants: comparing for an account that does not exist costs what comparing for one that does costs; threads are
// handed out in turn to the businesses that wait, so that none takes sign-in from the others.
import { randomBytes } from 'node:crypto';
import { DomainError } from '@holdfast/shared/errors';
import { createFairQueue } from '@holdfast/shared/values';
import { getRounds } from 'bcryptjs';
import { Piscina } from 'piscina';
import { passwordQueueMax, passwordQueueShareMax, passwordRetrySeconds, passwordThreadsMax } from '../limits.ts';
import { preHash } from './password.ts';
import type { CompareTask, HashTask } from './password.worker.ts';

export type Passwords = {
  /** The bcrypt hash to store. `share` is whose turn it takes: a tenant's id. Throws `busy` when the queue is full. */
  hash(password: string, share: string): Promise<string>;
  /** Whether the password belongs to this hash; without a hash always false, after the same work. Throws `busy`. */
  matches(password: string, hash: string | undefined, share: string): Promise<boolean>;
  /** Whether a hash was made at another cost: comparing with it takes another time than with nobody's. */
  isOutdated(hash: string): boolean;
  /** Tasks that wait for a thread. */
  waiting(): number;
  close(): Promise<void>;
};

export type PasswordOptions = {
  /** Key of the HMAC that a password passes before bcrypt. */
  pepper: Buffer;
  /** bcrypt's cost: each step doubles the time; 10 takes about 0.1 s. */
  cost: number;
  queueMax?: number;
  queueShareMax?: number;
  threads?: number;
};

/** Starts the threads and makes the hash that unknown accounts are compared with. */
export async function openPasswords(options: PasswordOptions): Promise<Passwords> {
  const { pepper, cost, threads = passwordThreadsMax } = options;
  const { queueMax = passwordQueueMax, queueShareMax = passwordQueueShareMax } = options;
  const pool = new Piscina({
    filename: new URL('./password.worker.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    // A thread needs no secrets and no flags of the process that started it.
    env: {},
  });

  const line = createFairQueue<() => Promise<void>>();
  let running = 0;
  function next(): void {
    const start = running < threads ? line.shift() : undefined;
    if (!start) return;
    running += 1;
    void start().finally(() => {
      running -= 1;
      next();
    });
    next();
  }
  function run<T>(task: HashTask | CompareTask, share: string): Promise<T> {
    const isFull = line.size() >= queueMax || line.sizeOf(share) >= queueShareMax;
    if (isFull) throw new DomainError('busy', { retryAfterSeconds: passwordRetrySeconds });
    return new Promise((resolve, reject) => {
      line.push(() => pool.run(task).then(resolve, reject), { tenant: share, cost: 1 });
      next();
    });
  }
  const hash = async (password: string, share: string) =>
    run<string>({ kind: 'hash', text: preHash(pepper, password), cost }, share);
  const hashNothing = () => hash(randomBytes(32).toString('base64'), 'nobody');
  // Each thread gets one: a thread that is stopped while it still loads its module aborts the process (Node 24.21).
  const [nobodysHash] = await Promise.all([hashNothing(), ...Array.from({ length: threads - 1 }, hashNothing)]);

  return {
    hash,
    async matches(password, known, share) {
      const text = preHash(pepper, password);
      const same = await run<boolean>({ kind: 'compare', text, hash: known ?? nobodysHash }, share);
      return same && known !== undefined;
    },
    isOutdated: (known) => getRounds(known) !== cost,
    waiting: line.size,
    close: () => pool.close(),
  };
}
