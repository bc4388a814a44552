// Looks at the levels of some variants, at their ledgers and at who holds of them. Invariants: levels and reservations
// are read at one moment of the database, in a transaction that writes nothing and so blocks nobody; a ledger is read
// up to the sequence number that its level had then. What differs is no race.
import { type Database, inTransaction, type Session } from '@holdfast/shared/persistence';
import type { Clock } from '@holdfast/shared/values';
import { ledgerGapsMax, ledgerMissingMax, lookLevelsMax } from '../limits.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import type { Reservation } from '../reservations/reservation.ts';
import type { MovementStore } from '../stock/movement.store.ts';
import type { StockLevelStore } from '../stock/stock-level.store.ts';
import type { StockLevel } from '../stock/stock-level.ts';
import { type Difference, differencesOfLevel } from './difference.ts';
import { type LedgerLook, walkLedgers } from './ledger-look.ts';

export type LookAtStockDeps = {
  database: Pick<Database, 'client'>;
  levels: Pick<StockLevelStore, 'ofVariantsAfter' | 'allOf'>;
  reservations: Pick<ReservationStore, 'eachHolding'>;
  movements: Pick<MovementStore, 'eachOf'>;
  clock: Clock;
};

/** A level with what its ledger says and what reservations hold of it. */
export type LevelLook = { level: StockLevel; ledger: LedgerLook; held: number };

export type StockLook = {
  looks: LevelLook[];
  /** Reservations whose first variant, by id, is one of these: of a whole scan each comes once. */
  reservations: Pick<Reservation, 'id' | 'request' | 'allocations' | 'state'>[];
  /** The last variant that was looked at; undefined when there is none behind it. */
  after: string | undefined;
};

/** Looks at the next variants after one, in the order of their ids, in the tenant's scope. */
export function lookAtNext(tenantId: string, after: string | undefined, deps: LookAtStockDeps): Promise<StockLook> {
  return look(tenantId, deps, async (session) => {
    const found = await deps.levels.ofVariantsAfter({ tenantId, after }, lookLevelsMax, session);
    if (found.length < lookLevelsMax) return { levels: found, after: undefined };
    // The levels of the last variant may go on in the next page; a variant has fewer levels than a page.
    const last = found.at(-1)!.variantId;
    const levels = found.filter(({ variantId }) => variantId !== last);
    return { levels, after: levels.at(-1)!.variantId };
  });
}

/** Looks at these variants. */
export function lookAtVariants(
  tenantId: string,
  variantIds: readonly string[],
  deps: LookAtStockDeps,
): Promise<StockLook> {
  return look(tenantId, deps, async (session) => {
    const variants = variantIds.map((variantId) => ({ tenantId, variantId }));
    return { levels: await deps.levels.allOf(variants, session), after: undefined };
  });
}

type Chosen = { levels: StockLevel[]; after: string | undefined };

async function look(
  tenantId: string,
  deps: LookAtStockDeps,
  choose: (session: Session) => Promise<Chosen>,
): Promise<StockLook> {
  const { database, reservations, movements, clock } = deps;
  const keyOf = (one: { variantId: string; locationId: string }) => `${one.variantId}\n${one.locationId}`;
  const seen = await inTransaction(
    database,
    async (session) => {
      const { levels, after } = await choose(session);
      const variantIds = new Set(levels.map(({ variantId }) => variantId));
      const held = new Map<string, number>();
      const own = new Map<string, StockLook['reservations'][0]>();
      for await (const reservation of reservations.eachHolding(tenantId, [...variantIds], session)) {
        const { id, request, state, allocations } = reservation;
        const first = allocations.map(({ variantId }) => variantId).sort()[0]!;
        // Found by each of its variants that is looked at.
        if (own.has(id)) continue;
        for (const one of allocations) held.set(keyOf(one), (held.get(keyOf(one)) ?? 0) + one.quantity);
        own.set(id, { id, request, state, allocations: variantIds.has(first) ? allocations : [] });
      }
      const mine = [...own.values()].filter(({ allocations }) => allocations.length > 0);
      return { levels, after, held, mine, variantIds };
    },
    { clock },
  );
  const walk = walkLedgers(seen.levels, { gapsMax: ledgerGapsMax, missingMax: ledgerMissingMax });
  for await (const movement of movements.eachOf(tenantId, [...seen.variantIds])) walk.take(movement);
  const looks = seen.levels.map((level) => {
    return { level, ledger: walk.lookOf(level.id), held: seen.held.get(keyOf(level)) ?? 0 };
  });
  return { looks, reservations: seen.mine, after: seen.after };
}

/** What differs of these levels. */
export function differencesOf(looks: readonly LevelLook[]): Difference[] {
  return looks.flatMap(({ level, ledger, held }) => differencesOfLevel(level, ledger, held));
}
