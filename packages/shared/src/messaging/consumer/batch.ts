// From one read to what may be applied of it: pure. Invariants: within a partition the drained-first domains precede
// the others, and the others are only there if the read returned everything that the drained-first streams had; an
// entry above its stream's position is never applied; nothing after an entry that stops its partition is applied.

import type { RawEntry } from '../streams/blocking-read.ts';
import { hasMissed, isForeign, parseId, type StreamPosition } from '../streams/positions.ts';
import { type Reading, readEntry } from './events.ts';
import type { AlarmReason, OwnedPartition } from './owner.ts';
import { type ParkingLimits, parkBehind } from './parking.ts';
import type { CursorMove, DeadLetter, StreamEntry, StreamRef, StreamSlice } from './ports.ts';

/** One entry of a read: to be handled, skipped, or dead-lettered. */
export interface Item extends StreamRef {
  readonly id: string;
  readonly entry: StreamEntry | undefined;
  readonly letter: DeadLetter | undefined;
}

export interface FoundAlarm {
  readonly partition: number;
  readonly domain: string;
  readonly reason: AlarmReason;
  readonly entryId: string | undefined;
}

export interface Plan {
  /** By partition, in the order of applying. */
  readonly items: ReadonlyMap<number, readonly Item[]>;
  readonly alarms: readonly FoundAlarm[];
  /** Something was left for the next read, because a stream that goes first was longer than the read. */
  readonly heldBack: boolean;
}

export interface PlanInput {
  readonly slices: readonly StreamSlice[];
  /** In the order of `slices`. */
  readonly states: readonly (StreamPosition | undefined)[];
  readonly owned: ReadonlyMap<number, OwnedPartition>;
  /** In the order of applying: drained-first ones before the others. */
  readonly domains: readonly string[];
  readonly drainFirst: ReadonlySet<string>;
  /** Types that the handler wants; all that are known when undefined. */
  readonly types?: ReadonlySet<string> | undefined;
  /** What the read asked of each stream. */
  readonly countMax: number;
  readonly entriesMax: number;
  readonly parking?: ParkingLimits;
}

/** Decides which entries of a read are applied now. */
export function planBatch(input: PlanInput): Plan {
  const byPartition = new Map<number, StreamSlice[]>();
  for (const slice of input.slices)
    byPartition.set(slice.partition, [...(byPartition.get(slice.partition) ?? []), slice]);
  const quota = Math.max(1, Math.floor(input.entriesMax / Math.max(1, byPartition.size)));
  const items = new Map<number, readonly Item[]>();
  const alarms: FoundAlarm[] = [];
  let heldBack = false;
  for (const [partition, slices] of byPartition) {
    const owned = input.owned.get(partition);
    if (!owned) continue;
    // An event that failed by itself is tried alone.
    const share = planPartition(input, owned, slices, owned.suspect ? 1 : quota);
    const { items: admitted, full } = parkBehind(share.items, owned.blocked, input.parking);
    const alarm = full ? { ...place(full), reason: 'dead_letters_full' as const, entryId: full.id } : share.alarm;
    if (alarm) alarms.push(alarm);
    heldBack ||= share.heldBack;
    if (admitted.length > 0) items.set(partition, admitted);
  }
  return { items, alarms, heldBack };
}

interface Share {
  readonly items: Item[];
  alarm: FoundAlarm | undefined;
  heldBack: boolean;
}

function planPartition(input: PlanInput, owned: OwnedPartition, slices: readonly StreamSlice[], quota: number): Share {
  const share: Share = { items: [], alarm: undefined, heldBack: false };
  for (const domain of input.domains) {
    const n = input.slices.findIndex((slice) => slice.domain === domain && slice.partition === owned.partition);
    const slice = slices.find((one) => one.domain === domain);
    if (!slice) continue;
    share.alarm = streamAlarm(slice, owned, input.states[n]);
    if (share.alarm) return share;
    for (const raw of slice.entries) {
      if (share.items.length >= quota) return share;
      share.alarm = addEntry(share.items, slice, raw, { state: input.states[n]!, types: input.types });
      if (share.alarm) return share;
    }
    if (input.drainFirst.has(domain) && slice.entries.length >= input.countMax) {
      share.heldBack = true;
      return share;
    }
  }
  return share;
}

/** Whether this stream may be read on from the cursor at all. */
export function streamAlarm(
  ref: StreamRef,
  owned: OwnedPartition,
  state: StreamPosition | undefined,
): FoundAlarm | undefined {
  const cursor = owned.cursors.get(ref.domain);
  if (!cursor || !state) return undefined;
  const alarm = (reason: AlarmReason): FoundAlarm => ({ ...place(ref), reason, entryId: undefined });
  if (cursor.source !== '' && cursor.source !== state.source) return alarm('wrong_source');
  return hasMissed(cursor.source === '' ? undefined : cursor.lastId, state) ? alarm('events_missing') : undefined;
}

function addEntry(
  items: Item[],
  slice: StreamSlice,
  raw: RawEntry,
  { state, types }: { state: StreamPosition | undefined; types: ReadonlySet<string> | undefined },
) {
  const alarm = (reason: AlarmReason): FoundAlarm => ({ ...place(slice), reason, entryId: raw.id });
  if (!state || isFarAway(raw.id) || isForeign(raw.id, state)) return alarm('foreign_entry');
  const reading = readEntry(raw.text, slice.partition, types);
  if (reading.kind === 'unknown_version') return alarm('unknown_version');
  const at = { ...place(slice), id: raw.id };
  const entry = reading.kind === 'event' ? { ...at, event: reading.event } : undefined;
  const letter = reading.kind === 'refused' ? refusedLetter(slice, raw, reading) : undefined;
  items.push({ ...at, entry, letter });
  return undefined;
}

function refusedLetter(
  slice: StreamSlice,
  { id, text }: RawEntry,
  refused: Extract<Reading, { kind: 'refused' }>,
): DeadLetter {
  const { tenantId, subject, error } = refused;
  return { ...place(slice), entryId: id, tenantId, subject, event: text, error, isParked: false };
}

const place = ({ domain, partition }: StreamRef): StreamRef => ({ domain, partition });

// Beyond what a clusterTime can be: such an id would not even compare as text.
function isFarAway(id: string): boolean {
  const [seconds, sequence] = parseId(id);
  return seconds > 0xffff_ffff || sequence >= 2 ** 52;
}

/** Where these items move the cursors of a partition: per domain to the last item. */
export function movesOf(owned: OwnedPartition, items: readonly Item[]): CursorMove[] {
  const last = new Map<string, string>();
  for (const item of items) last.set(item.domain, item.id);
  return [...last].map(([domain, to]) => {
    const { lastId, source } = owned.cursors.get(domain)!;
    const from = owned.unsaved.get(domain) ?? lastId;
    return { domain, partition: owned.partition, epoch: owned.epoch, from, to, source };
  });
}
