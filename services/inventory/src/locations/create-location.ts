// Staff add a location.
// Invariant: with an Idempotency-Key the id derives from the key, so that a retry adds no second one; the names and the
// number of a tenant's locations are decided one after the other, because each decision writes the main location.
import { createOnce, inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  type Caller,
  type Created,
  derivedId,
  newId,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import { addLocation, type Location, type LocationPatch, mainLocation, newLocation } from './location.ts';
import { decideAmong, type LocationDeps } from './update-location.ts';

export type CreateLocation = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  body: LocationPatch & { name: string };
};

/** Throws `location_taken`, `too_many_locations`, `idempotency_key_reused`. */
export async function createLocation(
  { caller: { tenantId, userId }, requestKey, body }: CreateLocation,
  deps: LocationDeps,
): Promise<Created<Location>> {
  const { database, locations, clock } = deps;
  const id = requestKey ? derivedId('loc', tenantId, userId, 'inventory.createLocation', requestKey.key) : newId('loc');
  return createOnce(requestKey, {
    async findFirst(key) {
      const stored = await locations.read({ tenantId, id });
      if (!stored) return undefined;
      assertSameRequest(stored.creation, key);
      const { createdAt, creation } = stored;
      return newLocation({ id, tenantId, name: body.name, priority: creation!.priority, createdAt, creation });
    },
    async create() {
      // The event that brings the main location may still be on its way.
      await locations.insertMissing([mainLocation(tenantId, clock.now())]);
      return inTransaction(database, async (session) => {
        const stamp = stampNow(clock, correlation());
        const { live, lock } = await decideAmong(tenantId, locations, session);
        const facts = { id, tenantId, ...body, createdAt: stamp.now, requestHash: requestKey?.requestHash };
        const created = addLocation(facts, live, stamp);
        await locations.saveAll([lock, created], session);
        return created.after;
      });
    },
  });
}
