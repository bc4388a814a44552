// Stock, after every commit that a majority has (I1): 0 <= reserved <= onHand, both the sums of the ledger,
// reserved the sum of what is held.
import type { Doc } from './mongo-filter.ts';
import type { Written } from './mongo-store.ts';
import type { World } from './world.ts';

interface Sums {
  onHand: number;
  reserved: number;
  held: number;
  level: Doc | undefined;
}

type Place = { tenantId: string; variantId: string; locationId: string };

export class StockCheck {
  readonly #sums = new Map<string, Sums>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  learn(changes: readonly Written[]): void {
    const touched = new Set<string>();
    const at = (place: Place) => {
      const key = `${place.tenantId} ${place.variantId} ${place.locationId}`;
      const sums = this.#sums.get(key) ?? { onHand: 0, reserved: 0, held: 0, level: undefined };
      this.#sums.set(key, sums);
      touched.add(key);
      return sums;
    };
    for (const { collection, before, after } of changes) {
      if (collection === 'stock_levels') {
        at(after as unknown as Place).level = after;
        this.#follow(before, after);
      } else if (collection === 'movements') {
        const sums = at(after as unknown as Place);
        sums.onHand += after.onHandDelta;
        sums.reserved += after.reservedDelta;
      } else if (collection === 'reservations') {
        for (const line of heldBy(before)) at({ ...line, tenantId: after.tenantId }).held -= line.quantity;
        for (const line of heldBy(after)) at({ ...line, tenantId: after.tenantId }).held += line.quantity;
        if (before && after.request < before.request) this.#world.violate(`reservation ${after._id}: its request fell`);
      }
    }
    for (const key of touched) this.#verify(key, this.#sums.get(key)!);
  }

  #follow(before: Doc | undefined, after: Doc): void {
    if (before && after.version !== before.version + 1) {
      this.#world.violate(`level ${after._id}: version ${before.version} was followed by ${after.version}`);
    }
  }

  #verify(key: string, { onHand, reserved, held, level }: Sums): void {
    const seen = level ?? { onHand: 0, reserved: 0 };
    const isSound = seen.onHand === onHand && seen.reserved === reserved && reserved === held;
    if (isSound && 0 <= reserved && reserved <= onHand) return;
    this.#world.violate(
      `I1 ${key}: level ${seen.reserved} of ${seen.onHand}, ledger ${reserved} of ${onHand}, held by reservations ${held}`,
    );
  }
}

function heldBy(reservation: Doc | undefined): { variantId: string; locationId: string; quantity: number }[] {
  return reservation?.state === 'held' ? reservation.allocations : [];
}
