// Staff add a supplier.
// Invariant: with an Idempotency-Key the id derives from the key, so that a retry adds no second one.
import { createOnce } from '@holdfast/shared/persistence';
import {
  assertSameRequest,
  type Caller,
  type Clock,
  type Created,
  derivedId,
  newId,
  type RequestKey,
} from '@holdfast/shared/values';
import type { SupplierStore } from './supplier.store.ts';
import { newSupplier, type Supplier, type SupplierFacts } from './supplier.ts';

export type CreateSupplier = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  body: SupplierFacts;
};

/** Throws `idempotency_key_reused`. */
export function createSupplier(
  { caller: { tenantId, userId }, requestKey, body }: CreateSupplier,
  { suppliers, clock }: { suppliers: SupplierStore; clock: Clock },
): Promise<Created<Supplier>> {
  const id = requestKey ? derivedId('sup', tenantId, userId, 'inventory.createSupplier', requestKey.key) : newId('sup');
  const creation = requestKey ? { requestHash: requestKey.requestHash } : null;
  return createOnce(requestKey, {
    async findFirst(key) {
      const stored = await suppliers.read({ tenantId, id });
      if (!stored) return undefined;
      assertSameRequest(stored.creation, key);
      return newSupplier({ ...body, id, tenantId, createdAt: stored.createdAt, creation });
    },
    async create() {
      const created = newSupplier({ ...body, id, tenantId, createdAt: clock.now(), creation });
      await suppliers.insert([{ after: created }]);
      return created;
    },
  });
}
