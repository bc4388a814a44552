// Raising a tenancy refusal and remembering that it was raised.
// Invariant: a transaction in which anything was refused does not commit, even if the code caught the refusal.
import { AsyncLocalStorage } from 'node:async_hooks';
import { TenancyViolation } from './tenancy-violation.ts';

interface Watch {
  refusal?: TenancyViolation;
}

const watches = new AsyncLocalStorage<Watch>();

/** Throws a TenancyViolation; the text names commands, collections and fields, never values. */
export function refuse(message: string): never {
  const violation = new TenancyViolation(message);
  const watch = watches.getStore();
  if (watch !== undefined) watch.refusal ??= violation;
  throw violation;
}

/**
 * Runs work; throws the first refusal raised inside, also one that work caught.
 * The refusal wins over any later error, so that no retry policy sees a milder one.
 */
export async function failOnRefusal<T>(work: () => Promise<T>): Promise<T> {
  const watch: Watch = {};
  let result: T;
  try {
    result = await watches.run(watch, async () => await work());
  } catch (error) {
    throw watch.refusal ?? error;
  }
  if (watch.refusal !== undefined) throw watch.refusal;
  return result;
}

/** Runs work that does not belong to the surrounding transaction, such as a batch of several callers. */
export function leaveWatch<T>(work: () => T): T {
  return watches.run({}, work);
}
