// From one read of the owned streams to its effects: plan it, apply what can be applied, remember what became of it.
// Invariant: an entry's effects and its cursor are one step; nothing is skipped without a dead letter, a counter or an
// alarm.
import { type Item, movesOf, planBatch } from './batch.ts';
import { type LoopOptions, type LoopState, nowMs, setAlarm } from './loop-state.ts';
import type { OwnedPartition } from './owner.ts';
import { aggregateKey, countDeadLetters, parkBehind } from './parking.ts';
import { applyOrIsolate, type ItemsByPartition, type PoisonContext } from './poison.ts';
import type { Batch, DeadLetter, HandleResult, Session, StreamSlice } from './ports.ts';
import { noteWaiting } from './reading.ts';

/** Applies what a read has returned. */
export async function applyRead(
  options: LoopOptions,
  state: LoopState,
  readable: readonly OwnedPartition[],
  slices: readonly StreamSlice[],
) {
  const { domains, drainFirst, limits, ownership, streams } = options;
  noteWaiting(readable, slices);
  const states = slices.length > 0 ? await streams.states(slices) : [];
  const { countMax, entriesMax } = state;
  const { types } = options;
  const reading = { slices, states, owned: ownership.owned, domains, drainFirst, types, countMax, entriesMax };
  const plan = planBatch({ ...reading, parking: limits });
  for (const owned of readable) {
    const alarm = plan.alarms.find((one) => one.partition === owned.partition);
    if (alarm || (owned.alarm && owned.alarm.entryId !== undefined)) setAlarm(options, owned, alarm);
  }
  const busy = new Set(slices.map((slice) => slice.partition)).size;
  const share = Math.max(limits.readCountMin, Math.ceil(state.entriesMax / Math.max(1, busy)));
  state.countMax = plan.heldBack ? limits.readCountMax : Math.min(limits.readCountMax, share);
  for (const group of groupsOf(plan.items, ownership.owned)) {
    await applyOrIsolate(poisonContext(options), group);
  }
  noteWaiting(readable, slices);
}

/** Everything in one step, but partitions with a suspect each on their own. */
function groupsOf(items: ItemsByPartition, owned: ReadonlyMap<number, OwnedPartition>): ItemsByPartition[] {
  const together = new Map<number, readonly Item[]>();
  const groups: ItemsByPartition[] = [];
  for (const [partition, list] of items) {
    if (owned.get(partition)?.suspect) groups.push(new Map([[partition, list]]));
    else together.set(partition, list);
  }
  return together.size > 0 ? [together, ...groups] : groups;
}

function poisonContext(options: LoopOptions): PoisonContext {
  return {
    owned: options.ownership.owned,
    limits: options.limits,
    log: options.log,
    nowMs: () => nowMs(options),
    apply: (items) => applyItems(options, items),
    hasRoom(owned, { domain, id: entryId }) {
      if (countDeadLetters(owned.blocked) < options.limits.deadLettersMax) return true;
      setAlarm(options, owned, { reason: 'dead_letters_full', domain, entryId });
      return false;
    },
  };
}

async function applyItems(options: LoopOptions, given: ItemsByPartition): Promise<void> {
  const { ownership, store, metrics } = options;
  // Once more: an event of this very read may have been dead-lettered since it was planned.
  const items = new Map(
    [...given].map(([partition, list]) => {
      const blocked = ownership.owned.get(partition)?.blocked;
      return [partition, blocked ? parkBehind(list, blocked).items : list] as const;
    }),
  );
  const all = [...items.values()].flat();
  const entries = all.flatMap((item) => (item.entry ? [item.entry] : []));
  const letters = all.flatMap((item) => (item.letter ? [item.letter] : []));
  const moves = [...items].flatMap(([partition, list]) => {
    const owned = ownership.owned.get(partition);
    return owned ? movesOf(owned, list) : [];
  });
  const batch: Batch = { entries, tenantIds: new Set(entries.map((entry) => entry.event.tenantid)) };
  const effects = entries.length > 0 ? (session?: Session) => options.handle(batch, session) : undefined;
  // Nothing is lost by skipping the same entries again, so their cursors need no write of their own.
  const later = letters.length === 0 && (options.effectsFirst || effects === undefined);
  const step = { tenantIds: batch.tenantIds, letters, moves: later ? [] : moves, effects };
  const result = later && !effects ? undefined : await store.apply(step);
  for (const { partition, domain, from, to, source } of moves) {
    const owned = ownership.owned.get(partition);
    owned?.cursors.set(domain, { lastId: to, source });
    if (later) owned?.unsaved.set(domain, from);
    else owned?.unsaved.delete(domain);
  }
  for (const item of all) clearSuspect(ownership.owned.get(item.partition), item);
  for (const letter of letters) noteLetter(ownership.owned.get(letter.partition), letter);
  const parkedCount = letters.filter((letter) => letter.isParked).length;
  metrics.count('batch', 1);
  metrics.count('applied', entries.length);
  metrics.count('dead_letter', letters.length - parkedCount);
  if (parkedCount > 0) metrics.count('parked', parkedCount);
  metrics.count('skipped', all.length - entries.length - letters.length);
  if (result) runAfterCommit(options, result);
}

function runAfterCommit(options: LoopOptions, { afterCommit }: Exclude<HandleResult, void>): void {
  try {
    afterCommit?.();
  } catch (error) {
    options.log.error({ err: error }, 'work after a commit failed');
  }
}

function clearSuspect(owned: OwnedPartition | undefined, item: Item): void {
  if (owned?.suspect?.entryId === item.id && owned.suspect.domain === item.domain) owned.suspect = undefined;
}

function noteLetter(owned: OwnedPartition | undefined, letter: DeadLetter): void {
  const key = aggregateKey(letter);
  owned?.blocked.set(key, (owned.blocked.get(key) ?? 0) + 1);
}
