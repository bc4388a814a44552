// Stock, after every commit that a majority has (I1): 0 <= reserved <= onHand, both the sums of the ledger,
// reserved the sum of what is held. What waits to be withdrawn is withheld and promised to nobody; an adjustment has
// moved what it says under the reason that it has, a transfer what left and has not arrived, and an order what left in
// its parcels and came back (I6).
import type { Doc } from './mongo-filter.ts';
import type { Written } from './mongo-store.ts';
import type { World } from './world.ts';

interface Sums {
  onHand: number;
  reserved: number;
  held: number;
  /** Units that adjustments wait for. */
  awaited: number;
  level: Doc | undefined;
}

type Place = { tenantId: string; variantId: string; locationId: string };

export class StockCheck {
  readonly #sums = new Map<string, Sums>();
  /** By adjustment and transfer: what its movements add up to, in all and by reason, and what it says. */
  readonly #moved = new Map<string, { ledger: number; byReason: Map<string, number>; told: number }>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  learn(changes: readonly Written[]): void {
    const touched = new Set<string>();
    const at = (place: Place) => {
      const key = `${place.tenantId} ${place.variantId} ${place.locationId}`;
      const sums = this.#sums.get(key) ?? { onHand: 0, reserved: 0, held: 0, awaited: 0, level: undefined };
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
        const { type, id } = after.reference;
        if (type === 'adjustment' || type === 'transfer' || type === 'order') this.#note(id, after);
      } else if (collection === 'adjustments') {
        at(after as unknown as Place).awaited += awaitedBy(after) - awaitedBy(before);
        this.#movedBy(after._id).told = after.moved;
      } else if (collection === 'transfers') {
        this.#movedBy(after._id).told = -awayBy(after);
      } else if (collection === 'reservations') {
        for (const line of heldBy(before)) at({ ...line, tenantId: after.tenantId }).held -= line.quantity;
        for (const line of heldBy(after)) at({ ...line, tenantId: after.tenantId }).held += line.quantity;
        this.#movedBy(after._id).told = movedBy(after);
        if (before && after.request < before.request) this.#world.violate(`reservation ${after._id}: its request fell`);
      }
    }
    for (const key of touched) this.#verify(key, this.#sums.get(key)!);
    for (const { collection, after } of changes) {
      if (['adjustments', 'transfers', 'reservations'].includes(collection)) this.#verifyMoved(collection, after);
    }
  }

  #movedBy(id: string) {
    const sums = this.#moved.get(id) ?? { ledger: 0, byReason: new Map(), told: 0 };
    this.#moved.set(id, sums);
    return sums;
  }

  #note(id: string, { reason, onHandDelta }: Doc): void {
    const sums = this.#movedBy(id);
    sums.ledger += onHandDelta;
    sums.byReason.set(reason, (sums.byReason.get(reason) ?? 0) + onHandDelta);
  }

  #verifyMoved(collection: string, { _id: id, reason: own }: Doc): void {
    const { ledger, byReason, told } = this.#movedBy(id);
    for (const [reason, sum] of collection === 'adjustments' ? byReason : []) {
      if (reason !== own && sum !== 0) this.#world.violate(`I6 ${id}: ${sum} stand under ${reason}, it says ${own}`);
    }
    if (ledger !== told)
      this.#world.violate(`I6 ${collection} ${id}: moved ${told}, its movements add up to ${ledger}`);
  }

  #follow(before: Doc | undefined, after: Doc): void {
    if (before && after.version !== before.version + 1) {
      this.#world.violate(`level ${after._id}: version ${before.version} was followed by ${after.version}`);
    }
    const isPromised = after.reserved > (before?.reserved ?? 0);
    if (isPromised && after.onHand - after.reserved < withheldBy(after)) {
      this.#world.violate(`I1 level ${after._id}: stock was promised that waits to be withdrawn`);
    }
  }

  #verify(key: string, { onHand, reserved, held, awaited, level }: Sums): void {
    if (withheldBy(level) !== awaited) {
      this.#world.violate(`I1 ${key}: ${withheldBy(level)} are withheld, adjustments wait for ${awaited}`);
    }
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

/** What the parcels and returns of a reservation have moved on hand. */
function movedBy({ parcels = [], restocks = [] }: Doc): number {
  const unitsOf = (parts: { lines: { quantity: number }[] }[]) =>
    parts.flatMap(({ lines }) => lines).reduce((sum, { quantity }) => sum + quantity, 0);
  return unitsOf(restocks) - unitsOf(parcels);
}

const withheldBy = (level: Doc | undefined): number =>
  (level?.withheld ?? []).reduce((sum: number, { units }: { units: number }) => sum + units, 0);
const awaitedBy = (adjustment: Doc | undefined): number => -(adjustment?.waiting?.difference ?? 0);

/** What has left with a transfer and is at neither location. */
function awayBy({ status, lines }: Doc): number {
  const sumOf = (field: 'quantity' | 'shortage') =>
    lines.reduce((sum: number, line: Record<string, number>) => sum + line[field]!, 0);
  if (status === 'SHIPPED') return sumOf('quantity');
  return status === 'RECEIVED' ? sumOf('shortage') : 0;
}
