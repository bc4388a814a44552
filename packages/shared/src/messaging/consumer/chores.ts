// What a consumer does once a second beside its batches: detects that a stream is not the one its cursor belongs to,
// adopts streams seen for the first time, publishes its cursors. Invariant: a cursor that cannot get all of its events
// stops its partition with an alarm, also while the stream is empty.

import { emptyStreamId, isCoveredBySnapshots, lackingSource, type StreamPosition } from '../streams/positions.ts';
import { streamAlarm } from './batch.ts';
import type { OwnedPartition, PartitionAlarm } from './owner.ts';
import type { CursorMove, CursorStore, EventStreams, PublishedCursor, StreamRef } from './ports.ts';

export interface ChoresContext {
  readonly owned: ReadonlyMap<number, OwnedPartition>;
  readonly domains: readonly string[];
  readonly streams: EventStreams;
  readonly store: CursorStore;
  readonly setAlarm: (owned: OwnedPartition, alarm: Omit<PartitionAlarm, 'recheckAtMs'> | undefined) => void;
}

/** Checks the position of every owned stream; new cursors adopt the source of a stream that is complete. */
export async function inspectStreams(context: ChoresContext): Promise<void> {
  const refs = [...context.owned.values()].flatMap(({ partition }) =>
    context.domains.map((domain): StreamRef => ({ domain, partition })),
  );
  if (refs.length === 0) return;
  const states = await context.streams.states(refs);
  const fresh: CursorMove[] = [];
  const lacking: PublishedCursor[] = [];
  const alarms = new Map<number, ReturnType<typeof streamAlarm>>();
  for (const [n, ref] of refs.entries()) {
    const owned = context.owned.get(ref.partition);
    if (!owned) continue;
    const found = streamAlarm(ref, owned, states[n]);
    const anew = found && moveAnew(ref, owned, states[n]);
    const alarm = anew ? undefined : found;
    if (alarm) alarms.set(ref.partition, alarm);
    if (alarm && isNewHere(ref, owned))
      lacking.push({ ...ref, source: lackingSource, lastId: states[n]?.snapshotsFrom ?? '' });
    const move = alarm ? undefined : (anew ?? firstMove(ref, owned, states[n]));
    if (move) fresh.push(move);
  }
  for (const owned of context.owned.values()) {
    const alarm = alarms.get(owned.partition);
    // Alarms about an entry end when that entry is read again, not here.
    if (alarm || (owned.alarm && owned.alarm.entryId === undefined)) context.setAlarm(owned, alarm);
  }
  await adopt(context, fresh);
  // The owning service's relay sees it and requests a resync.
  if (lacking.length > 0) await context.streams.publish(lacking);
}

const isNewHere = (ref: StreamRef, owned: OwnedPartition) => owned.cursors.get(ref.domain)?.source === '';

/** To the beginning of a stream of another source, as after a restore, once it holds snapshots of everything. */
function moveAnew(ref: StreamRef, owned: OwnedPartition, state: StreamPosition | undefined): CursorMove | undefined {
  const cursor = owned.cursors.get(ref.domain);
  if (!cursor || cursor.source === '' || !state || state.source === cursor.source || !isCoveredBySnapshots(state))
    return undefined;
  const from = owned.unsaved.get(ref.domain) ?? cursor.lastId;
  return { ...ref, epoch: owned.epoch, from, to: emptyStreamId, source: state.source };
}

/** True while a stream waits for its first position. */
export function awaitsStreams(owned: ReadonlyMap<number, OwnedPartition>): boolean {
  return [...owned.values()].some(({ cursors }) => [...cursors.values()].some((cursor) => cursor.source === ''));
}

function firstMove(ref: StreamRef, owned: OwnedPartition, state: StreamPosition | undefined): CursorMove | undefined {
  const cursor = owned.cursors.get(ref.domain);
  if (!cursor || !state || cursor.source !== '') return undefined;
  return { ...ref, epoch: owned.epoch, from: cursor.lastId, to: cursor.lastId, source: state.source };
}

async function adopt(context: ChoresContext, moves: readonly CursorMove[]): Promise<void> {
  if (moves.length === 0) return;
  await context.store.apply({ tenantIds: new Set(), letters: [], moves, effects: undefined });
  for (const { partition, domain, to, source } of moves) {
    const owned = context.owned.get(partition);
    owned?.cursors.set(domain, { lastId: to, source });
    owned?.unsaved.delete(domain);
  }
}

/** Publishes how far this service is, for the relays; also when nothing moved, because Redis may have been emptied. */
export async function publishCursors({ owned, streams }: Pick<ChoresContext, 'owned' | 'streams'>): Promise<void> {
  const cursors = [...owned.values()].flatMap(({ partition, cursors, unsaved }) =>
    [...cursors].flatMap(([domain, { source, lastId }]) =>
      source ? [{ domain, partition, source, lastId: unsaved.get(domain) ?? lastId }] : [],
    ),
  );
  if (cursors.length > 0) await streams.publish(cursors);
}

/** Stores the cursors that ran ahead; what is between is skipped once more if this process dies before. */
export async function saveCursors({ owned, store }: Pick<ChoresContext, 'owned' | 'store'>): Promise<void> {
  const moves = [...owned.values()].flatMap(({ partition, epoch, cursors, unsaved }) =>
    [...unsaved].map(([domain, from]): CursorMove => {
      const { lastId: to, source } = cursors.get(domain)!;
      return { partition, epoch, domain, from, to, source };
    }),
  );
  if (moves.length === 0) return;
  await store.apply({ tenantIds: new Set(), letters: [], moves, effects: undefined });
  for (const { partition, domain } of moves) owned.get(partition)?.unsaved.delete(domain);
}
