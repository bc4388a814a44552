// Hashing off the event loop, in a few threads behind a bounded queue.
// Invariant: comparing for an account that does not exist costs what comparing for one that does costs.
import { randomBytes } from 'node:crypto';
import { DomainError } from '@holdfast/shared/errors';
import { getRounds } from 'bcryptjs';
import { Piscina } from 'piscina';
import { passwordQueueMax, passwordRetrySeconds, passwordThreadsMax } from '../limits.ts';
import { preHash } from './password.ts';
import type { CompareTask, HashTask } from './password.worker.ts';

export type Passwords = {
  /** The bcrypt hash to store. Throws `busy` when the queue is full. */
  hash(password: string): Promise<string>;
  /** Whether the password belongs to this hash; without a hash always false, after the same work. Throws `busy`. */
  matches(password: string, hash: string | undefined): Promise<boolean>;
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
  threads?: number;
};

/** Starts the threads and makes the hash that unknown accounts are compared with. */
export async function openPasswords(options: PasswordOptions): Promise<Passwords> {
  const { pepper, cost, queueMax = passwordQueueMax, threads = passwordThreadsMax } = options;
  const pool = new Piscina({
    filename: new URL('./password.worker.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    maxQueue: queueMax,
    concurrentTasksPerWorker: 1,
    // A thread needs no secrets and no flags of the process that started it.
    env: {},
  });

  async function run<T>(task: HashTask | CompareTask): Promise<T> {
    if (pool.queueSize >= queueMax) throw new DomainError('busy', { retryAfterSeconds: passwordRetrySeconds });
    return (await pool.run(task)) as T;
  }
  const hash = (password: string) => run<string>({ kind: 'hash', text: preHash(pepper, password), cost });
  const hashNothing = () => hash(randomBytes(32).toString('base64'));
  // Each thread gets one: a thread that is stopped while it still loads its module aborts the process (Node 24.21).
  const [nobodysHash] = await Promise.all([hashNothing(), ...Array.from({ length: threads - 1 }, hashNothing)]);

  return {
    hash,
    async matches(password, known) {
      const text = preHash(pepper, password);
      const same = await run<boolean>({ kind: 'compare', text, hash: known ?? nobodysHash });
      return same && known !== undefined;
    },
    isOutdated: (known) => getRounds(known) !== cost,
    waiting: () => pool.queueSize,
    close: () => pool.close(),
  };
}
