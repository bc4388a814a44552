// Taking a failing batch apart. Invariants: a prefix commits with its cursors before the rest of its partition is
// tried, so order holds; only an event that failed alone, by itself, `poisonAttempts` times becomes a dead letter; a
// lost race or an outage ends the attempt without counting.

import type { Log } from '../../values/index.ts';
import type { Item } from './batch.ts';
import { subjectOf } from './events.ts';
import { failureOf } from './failure.ts';
import type { ConsumerLimits } from './limits.ts';
import type { OwnedPartition } from './owner.ts';

export type ItemsByPartition = ReadonlyMap<number, readonly Item[]>;

export interface PoisonContext {
  /** Applies items in one step and moves the cursors past them; throws what the step threw. */
  readonly apply: (items: ItemsByPartition) => Promise<void>;
  readonly owned: ReadonlyMap<number, OwnedPartition>;
  readonly limits: ConsumerLimits;
  readonly nowMs: () => number;
  readonly log: Log;
  /** False, with the partition stopped by an alarm, when there is no room for another dead letter. */
  readonly hasRoom: (owned: OwnedPartition, item: Item) => boolean;
}

/**
 * Applies what can be applied; an event that fails by itself is left for later as its partition's suspect, or
 * dead-lettered.
 */
export async function applyOrIsolate(context: PoisonContext, items: ItemsByPartition): Promise<void> {
  const error = await tryApply(context, items);
  if (!error) return;
  if (items.size === 1) {
    for (const [partition, list] of items) await isolate(context, partition, list, error.cause);
    return;
  }
  for (const [partition, list] of items) await applyPart(context, partition, list);
}

/** Undefined when it was applied; the error when it fails deterministically; other failures are thrown. */
async function tryApply(context: PoisonContext, items: ItemsByPartition): Promise<{ cause: unknown } | undefined> {
  try {
    await context.apply(items);
    return undefined;
  } catch (error) {
    if (failureOf(error) !== 'deterministic') throw error;
    return { cause: error };
  }
}

async function applyPart(context: PoisonContext, partition: number, items: readonly Item[]): Promise<boolean> {
  const error = await tryApply(context, new Map([[partition, items]]));
  return !error || isolate(context, partition, items, error.cause);
}

/** Halves items that failed together; false when the partition has to wait. */
async function isolate(
  context: PoisonContext,
  partition: number,
  items: readonly Item[],
  error: unknown,
): Promise<boolean> {
  if (items.length === 1) return suspectOrBury(context, context.owned.get(partition), items[0]!, error);
  const middle = Math.ceil(items.length / 2);
  for (const half of [items.slice(0, middle), items.slice(middle)]) {
    if (!(await applyPart(context, partition, half))) return false;
  }
  return true;
}

async function suspectOrBury(
  context: PoisonContext,
  owned: OwnedPartition | undefined,
  item: Item,
  error: unknown,
): Promise<boolean> {
  if (!owned) return false;
  const { limits, log } = context;
  const { partition, domain, id: entryId } = item;
  const known = owned.suspect?.entryId === entryId && owned.suspect.domain === domain ? owned.suspect.attempts : 0;
  const attempts = known + 1;
  log.warn({ err: error, partition, domain, entryId, attempts }, 'event failed by itself');
  const isFinal = attempts >= limits.poisonAttempts && item.entry !== undefined;
  if (!isFinal || !item.entry || !context.hasRoom(owned, item)) {
    const pauseMs = limits.poisonPauseMs * 2 ** Math.min(attempts - 1, 6);
    owned.suspect = { domain, entryId, attempts, notBeforeMs: context.nowMs() + pauseMs };
    return false;
  }
  const { event } = item.entry;
  const text = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(
    0,
    limits.errorTextMax,
  );
  const about = { partition, domain, entryId, tenantId: event.tenantid, subject: subjectOf(event) };
  const letter = { ...about, event: JSON.stringify(event), error: text, isParked: false };
  await context.apply(new Map([[partition, [{ ...item, entry: undefined, letter }]]]));
  log.error({ partition, domain, entryId, tenantId: event.tenantid }, 'event dead-lettered');
  return true;
}
