// What a consumer does once a second beside its batches: notices that a stream is not the one its cursor belongs to, takes
// up streams seen for the first time, publishes its cursors. Invariant: a cursor that cannot get all of its events stops
// its partition aloud, also while the stream is empty.

import { emptyStreamId, isToldAgain, lackingSource, type StreamPosition } from '../streams/positions.ts';
import { streamAlarm } from './batch.ts';
import type { Held, PartitionAlarm } from './owner.ts';
import type { CursorMove, CursorStore, EventStreams, PublishedCursor, StreamRef } from './ports.ts';

export interface ChoresContext {
  readonly held: ReadonlyMap<number, Held>;
  readonly domains: readonly string[];
  readonly streams: EventStreams;
  readonly store: CursorStore;
  readonly setAlarm: (held: Held, alarm: Omit<PartitionAlarm, 'recheckAtMs'> | undefined) => void;
}

/** Looks at the position of every owned stream; new cursors of streams that are complete take up their source. */
export async function inspectStreams(context: ChoresContext): Promise<void> {
  const refs = [...context.held.values()].flatMap(({ partition }) =>
    context.domains.map((domain): StreamRef => ({ domain, partition })),
  );
  if (refs.length === 0) return;
  const states = await context.streams.states(refs);
  const fresh: CursorMove[] = [];
  const lacking: PublishedCursor[] = [];
  const alarms = new Map<number, ReturnType<typeof streamAlarm>>();
  for (const [n, ref] of refs.entries()) {
    const held = context.held.get(ref.partition);
    if (!held) continue;
    const found = streamAlarm(ref, held, states[n]);
    const anew = found && moveAnew(ref, held, states[n]);
    const alarm = anew ? undefined : found;
    if (alarm) alarms.set(ref.partition, alarm);
    if (alarm && isNewHere(ref, held))
      lacking.push({ ...ref, source: lackingSource, lastId: states[n]?.snapshotsFrom ?? '' });
    const move = alarm ? undefined : (anew ?? firstMove(ref, held, states[n]));
    if (move) fresh.push(move);
  }
  for (const held of context.held.values()) {
    const alarm = alarms.get(held.partition);
    // Alarms about an entry end when that entry is read again, not here.
    if (alarm || (held.alarm && held.alarm.entryId === undefined)) context.setAlarm(held, alarm);
  }
  await takeUp(context, fresh);
  // The owning service's relay sees it and has its state re-emitted.
  if (lacking.length > 0) await context.streams.publish(lacking);
}

const isNewHere = (ref: StreamRef, held: Held) => held.cursors.get(ref.domain)?.source === '';

/** To the beginning of a stream of another source, as after a restore, once everything is re-emitted in it. */
function moveAnew(ref: StreamRef, held: Held, state: StreamPosition | undefined): CursorMove | undefined {
  const cursor = held.cursors.get(ref.domain);
  if (!cursor || cursor.source === '' || !state || state.source === cursor.source || !isToldAgain(state))
    return undefined;
  const from = held.unsaved.get(ref.domain) ?? cursor.lastId;
  return { ...ref, epoch: held.epoch, from, to: emptyStreamId, source: state.source };
}

/** True while a stream waits for its first position. */
export function awaitsStreams(held: ReadonlyMap<number, Held>): boolean {
  return [...held.values()].some(({ cursors }) => [...cursors.values()].some((cursor) => cursor.source === ''));
}

function firstMove(ref: StreamRef, held: Held, state: StreamPosition | undefined): CursorMove | undefined {
  const cursor = held.cursors.get(ref.domain);
  if (!cursor || !state || cursor.source !== '') return undefined;
  return { ...ref, epoch: held.epoch, from: cursor.lastId, to: cursor.lastId, source: state.source };
}

async function takeUp(context: ChoresContext, moves: readonly CursorMove[]): Promise<void> {
  if (moves.length === 0) return;
  await context.store.apply({ tenantIds: new Set(), letters: [], moves, effects: undefined });
  for (const { partition, domain, to, source } of moves) {
    const held = context.held.get(partition);
    held?.cursors.set(domain, { lastId: to, source });
    held?.unsaved.delete(domain);
  }
}

/** Tells the relays how far this service is; also when nothing moved, because Redis may have been emptied. */
export async function publishCursors({ held, streams }: Pick<ChoresContext, 'held' | 'streams'>): Promise<void> {
  const cursors = [...held.values()].flatMap(({ partition, cursors, unsaved }) =>
    [...cursors].flatMap(([domain, { source, lastId }]) =>
      source ? [{ domain, partition, source, lastId: unsaved.get(domain) ?? lastId }] : [],
    ),
  );
  if (cursors.length > 0) await streams.publish(cursors);
}

/** Stores the cursors that ran ahead; what lies between is passed over once more if this process dies before. */
export async function saveCursors({ held, store }: Pick<ChoresContext, 'held' | 'store'>): Promise<void> {
  const moves = [...held.values()].flatMap(({ partition, epoch, cursors, unsaved }) =>
    [...unsaved].map(([domain, from]): CursorMove => {
      const { lastId: to, source } = cursors.get(domain)!;
      return { partition, epoch, domain, from, to, source };
    }),
  );
  if (moves.length === 0) return;
  await store.apply({ tenantIds: new Set(), letters: [], moves, effects: undefined });
  for (const { partition, domain } of moves) held.get(partition)?.unsaved.delete(domain);
}
