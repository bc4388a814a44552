// What the use cases of the catalog need, and who asks.
import type { Database } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Clock, newId } from '@holdfast/shared/values';
import type { ProductStore } from './products/product.store.ts';
import type { Stamp } from './stamp.ts';
import type { VariantStore } from './variants/variant.store.ts';

export type Catalog = { database: Database; products: ProductStore; variants: VariantStore; clock: Clock };
export type Caller = { tenantId: string; userId: string };
/** An Idempotency-Key with the hash of the request that it came with. */
export type RequestKey = { key: string; requestHash: string };
/** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
export type ExpectVersion = (stored: number) => void;
export type Created<T> = { answer: T; replayed: boolean };

/** Now, in the running request's correlation. */
export function stampOf(catalog: Pick<Catalog, 'clock'>): Stamp {
  return { now: catalog.clock.now(), eventId: () => newId('evt'), trace: correlation() };
}
