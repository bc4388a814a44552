// The levels that one decision works on, in memory: each command sees what those before it left.
// Invariant: however many postings a level gets, it changes once, with its final numbers and one event.
import { type DomainEvent, makeEvent, stockUpdated } from '@holdfast/shared/contracts';
import { type Cause, derivedId, keyText } from '@holdfast/shared/values';
import type { Movement } from './movement.ts';
import { availableOf, emptyLevel, type Posting, post, type StockLevel, type Withheld } from './stock-level.ts';

export type LevelChange = {
  /** As the decision has read it; undefined when the level is opened here. */
  before: StockLevel | undefined;
  after: StockLevel;
  events: [DomainEvent];
};

export type StockBook = {
  level(levelId: string): StockLevel | undefined;
  /** The levels of a variant that are stored or will be. */
  levelsOf(tenantId: string, variantId: string): readonly StockLevel[];
  /** Opens a level without stock; false, and nothing happens, when it exists. */
  open(tenantId: string, variantId: string, locationId: string, cause: Cause): boolean;
  /** Puts a level without stock into the book, if there is none; it is stored with its first posting. */
  offer(tenantId: string, variantId: string, locationId: string): void;
  /** Puts a level that was lost into the book, if there is none; it is stored with its next posting, one version on. */
  restore(level: StockLevel): void;
  /** Writes a level as it is, so that whoever holds its version learns of what else changes about its variant. */
  touch(levelId: string, cause: Cause): void;
  /** Posts to a level that exists; a level that does not is a bug and throws. */
  post(levelId: string, posting: Posting, cause: Cause): Movement;
  /** Replaces what waits to be taken from a level that exists. */
  withhold(levelId: string, withheld: readonly Withheld[], cause: Cause): void;
  /** Gives a level the numbers that its ledger has, and posts to that: only for what is not as its ledger says. */
  correct(levelId: string, numbers: Pick<StockLevel, 'onHand' | 'reserved'>, posting: Posting, cause: Cause): Movement;
  /** Movements of before that the ledger lacks; the level is written with them, as it is. */
  putBack(levelId: string, missing: readonly Movement[], cause: Cause): void;
  levelChanges(): LevelChange[];
  /** Every level of the book, as it is stored in the end. */
  levels(): StockLevel[];
  movements(): readonly Movement[];
};

/** A book over the levels that were read. */
export function openBook(read: Iterable<StockLevel>, now: Date): StockBook {
  const levels = new Map<string, StockLevel>();
  const idsOf = new Map<string, string[]>();
  const add = (level: StockLevel) => {
    if (levels.has(level.id)) return;
    levels.set(level.id, level);
    const key = keyText(level.tenantId, level.variantId);
    const ids = idsOf.get(key);
    if (ids) ids.push(level.id);
    else idsOf.set(key, [level.id]);
  };
  for (const level of read) add(level);
  const changed = new Map<string, StockLevel | undefined>();
  const causes = new Map<string, Cause>();
  const movements: Movement[] = [];

  const change = (level: StockLevel, cause: Cause, before: StockLevel | undefined) => {
    if (!changed.has(level.id)) changed.set(level.id, offered.has(level.id) ? undefined : before);
    offered.delete(level.id);
    causes.set(level.id, cause);
    levels.set(level.id, level);
  };

  // In the book, but not stored unless something is posted to them.
  const offered = new Set<string>();
  /** The versions of levels that were lost. */
  const restored = new Map<string, number>();
  const levelsOf = (tenantId: string, variantId: string) =>
    (idsOf.get(keyText(tenantId, variantId)) ?? []).flatMap((id) => (offered.has(id) ? [] : levels.get(id)!));
  const stored = (levelId: string): StockLevel => {
    const level = levels.get(levelId)!;
    const before = changed.get(levelId)?.version ?? restored.get(levelId) ?? 0;
    return changed.has(levelId) ? { ...level, version: before + 1 } : level;
  };

  return {
    level: (levelId) => levels.get(levelId),
    levelsOf,
    open(tenantId, variantId, locationId, cause) {
      const level = emptyLevel(tenantId, variantId, locationId, now);
      if (levels.has(level.id)) return false;
      add(level);
      change(level, cause, undefined);
      return true;
    },
    offer(tenantId, variantId, locationId) {
      const level = emptyLevel(tenantId, variantId, locationId, now);
      if (levels.has(level.id)) return;
      offered.add(level.id);
      add(level);
    },
    restore(level) {
      if (levels.has(level.id)) return;
      restored.set(level.id, level.version);
      offered.add(level.id);
      add(level);
    },
    touch(levelId, cause) {
      const level = levels.get(levelId);
      if (level !== undefined) change(level, cause, level);
    },
    post(levelId, posting, cause) {
      const before = levels.get(levelId);
      if (before === undefined) throw new Error(`there is no level ${levelId} to post to`);
      const { level, movement } = post(before, posting, now);
      change(level, cause, before);
      movements.push(movement);
      return movement;
    },
    correct(levelId, numbers, posting, cause) {
      const before = levels.get(levelId);
      if (before === undefined) throw new Error(`there is no level ${levelId} to correct`);
      const { level, movement } = post({ ...before, ...numbers }, posting, now);
      change(level, cause, before);
      movements.push(movement);
      return movement;
    },
    putBack(levelId, missing, cause) {
      const level = levels.get(levelId);
      if (level === undefined) throw new Error(`there is no level ${levelId} to put movements back to`);
      change(level, cause, level);
      movements.push(...missing);
    },
    withhold(levelId, withheld, cause) {
      const before = levels.get(levelId);
      if (before === undefined) throw new Error(`there is no level ${levelId} to withhold stock of`);
      change({ ...before, withheld: withheld.length > 0 ? withheld : undefined }, cause, before);
    },
    levelChanges: () =>
      [...changed].map(([levelId, before]) => {
        const after = stored(levelId);
        const all = levelsOf(after.tenantId, after.variantId).map(({ id }) => stored(id));
        return { before, after, events: [stockEvent(after, all, causes.get(levelId) ?? {}, now)] };
      }),
    levels: () => [...levels.keys()].filter((id) => !offered.has(id)).map(stored),
    movements: () => movements,
  };
}

function stockEvent(level: StockLevel, all: readonly StockLevel[], cause: Cause, now: Date): DomainEvent {
  const { id, tenantId, variantId, version } = level;
  const newEventId = () => derivedId('evt', tenantId, id, String(version));
  const others = all
    .filter((other) => other.id !== id)
    .map((other) => ({ ...numbersOf(other), version: other.version }));
  const data = { variantId, ...numbersOf(level), ...(others.length > 0 ? { others } : {}) };
  return makeEvent(stockUpdated, level, { now, newEventId, cause }, data);
}

function numbersOf(level: StockLevel) {
  const { locationId, onHand, reserved } = level;
  return { locationId, onHand, reserved, available: availableOf(level) };
}
