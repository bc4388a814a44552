// Which of the variants that customers of this process follow are for sale. Invariant: a variant is not for sale until
// it is known to be; a state that is older than the known one changes nothing. The log brings changes, the store of
// what was before somebody followed.
import type { VariantState } from '../variants/variant-state.ts';
import { variantCustomerRoom } from './rooms.ts';

export type ForSale = {
  /** The log has an event of a variant. */
  onVariant(state: VariantState): void;
  isForSale(tenantId: string, variantId: string): boolean;
  /**
   * Customers are in the rooms of these variants by now. Resolves when the states are known;
   * throws when they cannot be read.
   */
  follow(tenantId: string, variantIds: readonly string[]): Promise<void>;
  /** A room is empty. */
  forget(room: string): void;
};

type Options = {
  read(tenantId: string, variantIds: readonly string[]): Promise<readonly VariantState[]>;
  /** True while somebody is in the room. */
  hasListeners(room: string): boolean;
};

/** Knows nothing yet. Holds one entry for each room of a variant that has customers. */
export function createForSale({ read, hasListeners }: Options): ForSale {
  const known = new Map<string, { version: number; forSale: boolean }>();

  function raise({ id, tenantId, version, forSale }: VariantState): void {
    const room = variantCustomerRoom(tenantId, id);
    const before = known.get(room);
    if (before !== undefined && before.version < version) known.set(room, { version, forSale });
  }

  return {
    onVariant: raise,
    isForSale: (tenantId, variantId) => known.get(variantCustomerRoom(tenantId, variantId))?.forSale ?? false,
    async follow(tenantId, variantIds) {
      if (variantIds.length === 0) return;
      for (const variantId of variantIds) {
        const room = variantCustomerRoom(tenantId, variantId);
        // From now on the log's word counts; who has left already is not remembered.
        if (!known.has(room) && hasListeners(room)) known.set(room, { version: 0, forSale: false });
      }
      for (const state of await read(tenantId, variantIds)) raise(state);
    },
    forget: (room) => void known.delete(room),
  };
}
