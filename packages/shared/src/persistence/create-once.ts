// Creating something under an Idempotency-Key, where its id derives from the key and is unique
// (docs/adr/0011-replay-of-creates.md).
// Invariant: of any number of equal requests one creates; the others get its answer, also those that run beside it.
import type { Created, RequestKey } from '../values/index.ts';
import { isDuplicateKey } from './errors.ts';

export interface CreateOnce<T> {
  /**
   * The first answer under this key, if there was one. Throws `idempotency_key_reused` when it was to another request.
   */
  findFirst(key: RequestKey): Promise<T | undefined>;
  /** Fails as a duplicate key when the id is taken. */
  create(): Promise<T>;
}

/**
 * Creates, unless a request with this key has; without a key always.
 * A duplicate that is not of this key is thrown as it came.
 */
export async function createOnce<T>(
  key: RequestKey | undefined,
  { findFirst, create }: CreateOnce<T>,
): Promise<Created<T>> {
  const earlier = key && (await findFirst(key));
  if (earlier) return { created: earlier, replayed: true };
  try {
    return { created: await create(), replayed: false };
  } catch (error) {
    const beside = key && isDuplicateKey(error) ? await findFirst(key) : undefined;
    if (beside === undefined) throw error;
    return { created: beside, replayed: true };
  }
}
