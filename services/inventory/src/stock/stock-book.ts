// The levels that one decision works on, in memory: each command sees what those before it left.
// Invariant: however many postings a level gets, it changes once, with its final numbers and one event.
import { type DomainEvent, makeEvent, stockUpdated } from '@holdfast/shared/contracts';
import { type Cause, derivedId } from '@holdfast/shared/values';
import type { Movement } from './movement.ts';
import { availableOf, emptyLevel, type Posting, post, type StockLevel } from './stock-level.ts';

export type LevelChange = {
  /** As the decision has read it; undefined when the level is opened here. */
  before: StockLevel | undefined;
  after: StockLevel;
  events: [DomainEvent];
};

export type StockBook = {
  level(levelId: string): StockLevel | undefined;
  /** Opens a level without stock; false, and nothing happens, when it exists. */
  open(tenantId: string, variantId: string, locationId: string, cause: Cause): boolean;
  /** Posts to a level that exists; a level that does not is a bug and throws. */
  post(levelId: string, posting: Posting, cause: Cause): Movement;
  levelChanges(): LevelChange[];
  movements(): readonly Movement[];
};

/** A book over the levels that were read. */
export function openBook(read: Iterable<StockLevel>, now: Date): StockBook {
  const levels = new Map<string, StockLevel>();
  for (const level of read) levels.set(level.id, level);
  const changed = new Map<string, StockLevel | undefined>();
  const causes = new Map<string, Cause>();
  const movements: Movement[] = [];

  const change = (level: StockLevel, cause: Cause, before: StockLevel | undefined) => {
    if (!changed.has(level.id)) changed.set(level.id, before);
    causes.set(level.id, cause);
    levels.set(level.id, level);
  };

  return {
    level: (levelId) => levels.get(levelId),
    open(tenantId, variantId, locationId, cause) {
      const level = emptyLevel(tenantId, variantId, locationId, now);
      if (levels.has(level.id)) return false;
      change(level, cause, undefined);
      return true;
    },
    post(levelId, posting, cause) {
      const before = levels.get(levelId);
      if (before === undefined) throw new Error(`there is no level ${levelId} to post to`);
      const { level, movement } = post(before, posting, now);
      change(level, cause, before);
      movements.push(movement);
      return movement;
    },
    levelChanges: () =>
      [...changed].map(([levelId, before]) => {
        const after = { ...levels.get(levelId)!, version: (before?.version ?? 0) + 1 };
        return { before, after, events: [stockEvent(after, causes.get(levelId) ?? {}, now)] };
      }),
    movements: () => movements,
  };
}

function stockEvent(level: StockLevel, cause: Cause, now: Date): DomainEvent {
  const { id, tenantId, variantId, locationId, onHand, reserved, version } = level;
  const newEventId = () => derivedId('evt', tenantId, id, String(version));
  const data = { variantId, locationId, onHand, reserved, available: availableOf(level) };
  return makeEvent(stockUpdated, level, { now, newEventId, cause }, data);
}
