// Looks at the levels of some variants, at their ledgers and at who holds of them. Invariants: levels and reservations
// are read at one moment of the database, in a transaction that writes nothing and so blocks nobody; a ledger is read
// up to the sequence number that its level had then. What differs is no race, but for a level that is made meanwhile,
// which the second look sees.
import { type Database, inTransaction, type Session } from '@holdfast/shared/persistence';
import type { Clock } from '@holdfast/shared/values';
import { ledgerGapsMax, ledgerMissingMax, lookLevelsMax, remadeVersionLift } from '../limits.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import type { Reservation } from '../reservations/reservation.ts';
import type { MovementStore } from '../stock/movement.store.ts';
import type { Movement } from '../stock/movement.ts';
import type { StockLevelStore } from '../stock/stock-level.store.ts';
import { emptyLevel, type StockLevel } from '../stock/stock-level.ts';
import { isWithin, type VariantRange } from '../stock/variant-range.ts';
import { type Difference, differencesOfLevel, differencesOfMissing } from './difference.ts';
import { keyOfPlace, type LedgerLook, type Place, walkLedgers } from './ledger-look.ts';

export type LookAtStockDeps = {
  database: Pick<Database, 'client'>;
  levels: Pick<StockLevelStore, 'ofVariantsAfter' | 'allOf'>;
  reservations: Pick<ReservationStore, 'eachHolding'>;
  movements: Pick<MovementStore, 'eachOf'>;
  clock: Clock;
};

/**
 * A level with what its ledger says and what reservations hold of it. `isMissing`: there is none, though there is a
 * ledger or somebody holds of it; then the level is what its ledger says that it was.
 */
export type LevelLook = { level: StockLevel; ledger: LedgerLook; held: number; isMissing?: true };

export type StockLook = {
  looks: LevelLook[];
  /** Reservations whose first variant, by id, is one of these: of a whole scan each comes once. */
  reservations: Pick<Reservation, 'id' | 'request' | 'allocations' | 'state'>[];
  /** The last variant that was looked at; undefined when there is none behind it. */
  after: string | undefined;
};

type Chosen = { levels: StockLevel[]; range: VariantRange };

/** Looks at the next variants after one, in the order of their ids, in the tenant's scope. */
export function lookAtNext(tenantId: string, after: string | undefined, deps: LookAtStockDeps): Promise<StockLook> {
  return look(tenantId, deps, async (session) => {
    const found = await deps.levels.ofVariantsAfter({ tenantId, after }, lookLevelsMax, session);
    if (found.length < lookLevelsMax) return { levels: found, range: { after, upTo: undefined } };
    // The levels of the last variant may go on in the next page; a variant has fewer levels than a page.
    const last = found.at(-1)!.variantId;
    const levels = found.filter(({ variantId }) => variantId !== last);
    return { levels, range: { after, upTo: levels.at(-1)!.variantId } };
  });
}

/** Looks at these variants. */
export function lookAtVariants(tenantId: string, ids: readonly string[], deps: LookAtStockDeps): Promise<StockLook> {
  return look(tenantId, deps, async (session) => {
    const variants = ids.map((variantId) => ({ tenantId, variantId }));
    return { levels: await deps.levels.allOf(variants, session), range: { ids } };
  });
}

async function look(
  tenantId: string,
  deps: LookAtStockDeps,
  choose: (session: Session) => Promise<Chosen>,
): Promise<StockLook> {
  const { database, clock } = deps;
  const { levels, range, holds } = await inTransaction(
    database,
    async (session) => {
      const chosen = await choose(session);
      return { ...chosen, holds: await readHolds(tenantId, chosen.range, { deps, session }) };
    },
    { clock },
  );
  const walk = walkLedgers(levels, { gapsMax: ledgerGapsMax, missingMax: ledgerMissingMax });
  const cut = await walkUntilFull(walk, deps.movements.eachOf(tenantId, range));
  const seen = cut ?? range;
  const known = new Set(levels.map(keyOfPlace));
  const lost = [...walk.orphans(), ...holds.places.filter((place) => !known.has(keyOfPlace(place)))];
  const missing = new Map(lost.map((place) => [keyOfPlace(place), missingLevel(tenantId, place, walk.lookOf(place))]));
  const heldAt = (place: Place) => holds.held.get(keyOfPlace(place)) ?? 0;
  const looks = [
    ...levels.map((level): LevelLook => ({ level, ledger: walk.lookOf(level), held: heldAt(level) })),
    ...[...missing.values()].map((one): LevelLook => ({ ...one, held: heldAt(one.level), isMissing: true })),
  ];
  return {
    looks: looks.filter(({ level }) => isWithin(level.variantId, seen)),
    reservations: holds.reservations.filter(({ first }) => isWithin(first, seen)).map(({ reservation }) => reservation),
    after: 'upTo' in seen ? seen.upTo : undefined,
  };
}

type Hold = { first: string; reservation: StockLook['reservations'][0] };

/** What is held of these variants, and by whom; a reservation that comes for each of its variants is counted once. */
async function readHolds(
  tenantId: string,
  range: VariantRange,
  { deps, session }: { deps: LookAtStockDeps; session: Session },
): Promise<{ held: Map<string, number>; places: Place[]; reservations: Hold[] }> {
  const held = new Map<string, number>();
  const places: Place[] = [];
  const own = new Map<string, Hold>();
  for await (const { id, request, state, allocations } of deps.reservations.eachHolding(tenantId, range, session)) {
    if (own.has(id)) continue;
    const first = allocations.map(({ variantId }) => variantId).sort()[0]!;
    own.set(id, { first, reservation: { id, request, state, allocations } });
    for (const { variantId, locationId, quantity } of allocations) {
      if (!isWithin(variantId, range)) continue;
      const key = keyOfPlace({ variantId, locationId });
      if (!held.has(key)) places.push({ variantId, locationId });
      held.set(key, (held.get(key) ?? 0) + quantity);
    }
  }
  return { held, places, reservations: [...own.values()] };
}

/**
 * Takes movements until so many ledgers without a level were met that the page is full; returns what was walked whole.
 * A page may have twice as many places so: a variant lies at fewer places than a page has.
 */
async function walkUntilFull(
  walk: ReturnType<typeof walkLedgers>,
  movements: AsyncIterable<Movement>,
): Promise<VariantRange | undefined> {
  let current: string | undefined;
  for await (const movement of movements) {
    if (movement.variantId !== current) {
      if (walk.orphanCount >= lookLevelsMax) return { after: undefined, upTo: current };
      current = movement.variantId;
    }
    walk.take(movement);
  }
  return undefined;
}

function missingLevel(tenantId: string, { variantId, locationId }: Place, ledger: LedgerLook) {
  const { onHand, reserved, sequence, at } = ledger;
  const blank = emptyLevel(tenantId, variantId, locationId, at);
  return { level: { ...blank, onHand, reserved, sequence, version: sequence + remadeVersionLift }, ledger };
}

/** What differs of these levels. */
export function differencesOf(looks: readonly LevelLook[]): Difference[] {
  return looks.flatMap(({ level, ledger, held, isMissing }) =>
    isMissing ? differencesOfMissing(level, ledger, held) : differencesOfLevel(level, ledger, held),
  );
}
