// The consumer loop over ports: own, read, decide, commit, again. Invariants: one batch at a time; ownership changes only
// between batches; an entry's effects and its cursor are one step; nothing is skipped without a dead letter, a counter or
// an alarm. The loop itself never ends by an error: it waits and tries again until it is stopped.
import { type Clock, type Log, type Random, sleep } from '../../values/index.ts';
import { type Item, movesOf, planBatch } from './batch.ts';
import { awaitsStreams, inspectStreams, publishCursors, saveCursors } from './chores.ts';
import { failureOf } from './failure.ts';
import type { ConsumerLimits } from './limits.ts';
import type { Held, Ownership, PartitionAlarm } from './owner.ts';
import { aggregateKey, countPutAway, parkBehind } from './parking.ts';
import { applyOrIsolate, type ItemsByPartition, type PoisonContext } from './poison.ts';
import type {
  Batch,
  ConsumerMetrics,
  CursorStore,
  DeadLetter,
  EventStreams,
  HandleResult,
  Session,
  StreamSlice,
} from './ports.ts';
import { mayRead, noteWaiting, refsOf } from './reading.ts';

export interface LoopOptions {
  /** Drained-first ones before the others. */
  readonly domains: readonly string[];
  readonly drainFirst: ReadonlySet<string>;
  readonly handle: (batch: Batch, session?: Session) => Promise<HandleResult>;
  /** Effects are idempotent: cursors may be stored a while after them. */
  readonly effectsFirst: boolean;
  /** Types that the handler wants; all that are known when undefined. */
  readonly types: ReadonlySet<string> | undefined;
  readonly streams: EventStreams;
  readonly store: CursorStore;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConsumerLimits;
  readonly log: Log;
  readonly metrics: ConsumerMetrics;
}

interface LoopState {
  readonly stop: AbortController;
  choresAtMs: number;
  /** Cursors in memory may be behind the stored ones: a commit's outcome was unknown, or somebody else moved them. */
  stale: boolean;
  /** What is known of dead letters may be behind in the same way. */
  blockedStale: boolean;
  /** Failures in a row that were nobody's fault; they make pauses longer and batches smaller. */
  setbacks: number;
  entriesMax: number;
  countMax: number;
  /** By the monotonic clock: when a read was last answered, or a heartbeat while there was nothing to read. */
  answeredAtMs: number;
}

export interface ConsumerLoop {
  /** Time since Redis should have answered, in ms; 0 while it does. */
  silentMs(): number;
  /** Finishes the running batch; resolves when nothing will be handled any more. */
  stop(): Promise<void>;
}

/** Starts the loop. */
export function startLoop(options: LoopOptions): ConsumerLoop {
  const { batchEntriesMax: entriesMax, readCountMax: countMax } = options.limits;
  const state: LoopState = {
    stop: new AbortController(),
    choresAtMs: 0,
    stale: false,
    blockedStale: false,
    setbacks: 0,
    entriesMax,
    countMax,
    answeredAtMs: options.clock.monotonicMs(),
  };
  const running = (async () => {
    while (!state.stop.signal.aborted) {
      try {
        await turn(options, state);
      } catch (error) {
        await afterFailure(options, state, error);
      }
    }
    // What this cannot store is passed over again by the next owner.
    await saveCursors({ held: options.ownership.held, store: options.store }).catch(() => {});
  })();
  const { readBlockMs, silenceSlackMs } = options.limits;
  return {
    silentMs() {
      const silentMs = Math.round(options.clock.monotonicMs() - state.answeredAtMs);
      return silentMs > readBlockMs + silenceSlackMs ? silentMs : 0;
    },
    async stop() {
      state.stop.abort();
      options.streams.interrupt();
      await running;
    },
  };
}

/** Who has nothing to read, or is about to read its first, knows of Redis by its heartbeat. */
function noteHeartbeat({ ownership }: LoopOptions, state: LoopState): void {
  state.answeredAtMs = Math.max(state.answeredAtMs, ownership.heardAtMs);
}

async function turn(options: LoopOptions, state: LoopState): Promise<void> {
  const { ownership, streams, clock, limits } = options;
  if (state.stale) await refreshCursors(options, state);
  if (ownership.unsettled) {
    await saveCursors({ held: ownership.held, store: options.store });
    await ownership.settle();
    state.choresAtMs = 0;
    noteHeartbeat(options, state);
  }
  await chores(options, state);
  const readable = [...ownership.held.values()].filter((held) => mayRead(held, nowMs(options)));
  const from = refsOf(readable, options);
  if (from.length === 0) {
    noteHeartbeat(options, state);
    return sleep(clock, limits.idlePauseMs, state.stop.signal);
  }
  const blockMs =
    readable.length < ownership.held.size || from.length < readable.length * options.domains.length
      ? limits.idlePauseMs
      : limits.readBlockMs;
  let slices = await streams.read(from, { countMax: state.countMax, blockMs });
  if (slices && slices.length > 0 && limits.lingerMs > 0) {
    await sleep(clock, limits.lingerMs, state.stop.signal);
    slices = await streams.read(from, { countMax: state.countMax, blockMs });
  }
  if (!slices) return;
  state.answeredAtMs = clock.monotonicMs();
  if (slices.length === 0) state.countMax = limits.readCountMax;
  await applyRead(options, state, readable, slices);
  state.setbacks = 0;
  state.entriesMax = Math.min(limits.batchEntriesMax, state.entriesMax * 2);
}

async function applyRead(
  options: LoopOptions,
  state: LoopState,
  readable: readonly Held[],
  slices: readonly StreamSlice[],
) {
  const { domains, drainFirst, limits, ownership, streams } = options;
  noteWaiting(readable, slices);
  const states = slices.length > 0 ? await streams.states(slices) : [];
  const { countMax, entriesMax } = state;
  const { types } = options;
  const reading = { slices, states, held: ownership.held, domains, drainFirst, types, countMax, entriesMax };
  const plan = planBatch({ ...reading, parking: limits });
  for (const held of readable) {
    const alarm = plan.alarms.find((one) => one.partition === held.partition);
    if (alarm || (held.alarm && held.alarm.entryId !== undefined)) setAlarm(options, held, alarm);
  }
  const busy = new Set(slices.map((slice) => slice.partition)).size;
  const share = Math.max(limits.readCountMin, Math.ceil(state.entriesMax / Math.max(1, busy)));
  state.countMax = plan.heldBack ? limits.readCountMax : Math.min(limits.readCountMax, share);
  for (const group of groupsOf(plan.items, ownership.held)) {
    await applyOrIsolate(poisonContext(options), group);
  }
  noteWaiting(readable, slices);
}

/** Everything in one step, but partitions with a suspect each on their own. */
function groupsOf(items: ItemsByPartition, held: ReadonlyMap<number, Held>): ItemsByPartition[] {
  const together = new Map<number, readonly Item[]>();
  const groups: ItemsByPartition[] = [];
  for (const [partition, list] of items) {
    if (held.get(partition)?.suspect) groups.push(new Map([[partition, list]]));
    else together.set(partition, list);
  }
  return together.size > 0 ? [together, ...groups] : groups;
}

function poisonContext(options: LoopOptions): PoisonContext {
  return {
    held: options.ownership.held,
    limits: options.limits,
    log: options.log,
    nowMs: () => nowMs(options),
    apply: (items) => applyItems(options, items),
    hasRoom(held, { domain, id: entryId }) {
      if (countPutAway(held.blocked) < options.limits.deadLettersMax) return true;
      setAlarm(options, held, { reason: 'dead_letters_full', domain, entryId });
      return false;
    },
  };
}

async function applyItems(options: LoopOptions, given: ItemsByPartition): Promise<void> {
  const { ownership, store, metrics } = options;
  // Once more: an event of this very read may have been put away since it was planned.
  const items = new Map(
    [...given].map(([partition, list]) => {
      const blocked = ownership.held.get(partition)?.blocked;
      return [partition, blocked ? parkBehind(list, blocked).items : list] as const;
    }),
  );
  const all = [...items.values()].flat();
  const entries = all.flatMap((item) => (item.entry ? [item.entry] : []));
  const letters = all.flatMap((item) => (item.letter ? [item.letter] : []));
  const moves = [...items].flatMap(([partition, list]) => {
    const held = ownership.held.get(partition);
    return held ? movesOf(held, list) : [];
  });
  const batch: Batch = { entries, tenantIds: new Set(entries.map((entry) => entry.event.tenantid)) };
  const effects = entries.length > 0 ? (session?: Session) => options.handle(batch, session) : undefined;
  // Nothing is lost by passing over the same entries again, so their cursors need no write of their own.
  const later = letters.length === 0 && (options.effectsFirst || effects === undefined);
  const step = { tenantIds: batch.tenantIds, letters, moves: later ? [] : moves, effects };
  const result = later && !effects ? undefined : await store.apply(step);
  for (const { partition, domain, from, to, source } of moves) {
    const held = ownership.held.get(partition);
    held?.cursors.set(domain, { lastId: to, source });
    if (later) held?.unsaved.set(domain, from);
    else held?.unsaved.delete(domain);
  }
  for (const item of all) clearSuspect(ownership.held.get(item.partition), item);
  for (const letter of letters) noteLetter(ownership.held.get(letter.partition), letter);
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

function clearSuspect(held: Held | undefined, item: Item): void {
  if (held?.suspect?.entryId === item.id && held.suspect.domain === item.domain) held.suspect = undefined;
}

function noteLetter(held: Held | undefined, letter: DeadLetter): void {
  const key = aggregateKey(letter);
  held?.blocked.set(key, (held.blocked.get(key) ?? 0) + 1);
}

async function chores(options: LoopOptions, state: LoopState): Promise<void> {
  const { ownership, streams, store, domains, limits } = options;
  if (nowMs(options) < state.choresAtMs) return;
  const context = { held: ownership.held, domains, streams, store };
  await saveCursors(context);
  if (hasBlocked(ownership.held)) await refreshBlocked(options);
  await inspectStreams({ ...context, setAlarm: (held, alarm) => setAlarm(options, held, alarm) });
  await publishCursors(context);
  state.choresAtMs = nowMs(options) + (awaitsStreams(ownership.held) ? limits.firstSightMs : limits.publishMs);
}

async function refreshCursors(options: LoopOptions, state: LoopState): Promise<void> {
  const { ownership, store, metrics } = options;
  const claims = await store.claims([...ownership.held.keys()]);
  if (state.blockedStale || hasBlocked(ownership.held)) await refreshBlocked(options);
  state.stale = false;
  state.blockedStale = false;
  for (const held of [...ownership.held.values()]) {
    const claim = claims.get(held.partition);
    if (claim?.epoch !== held.epoch) {
      metrics.count('fenced', 1);
      options.log.warn({ partition: held.partition, epoch: held.epoch }, 'partition was taken over by another owner');
      await ownership.drop(held.partition);
    } else {
      held.unsaved.clear();
      for (const [domain, cursor] of claim.cursors) held.cursors.set(domain, cursor);
    }
  }
}

function hasBlocked(held: ReadonlyMap<number, Held>): boolean {
  for (const { blocked } of held.values()) if (blocked.size > 0) return true;
  return false;
}

/** A replay may have emptied what events here wait behind. */
async function refreshBlocked({ ownership, store }: LoopOptions): Promise<void> {
  const blocked = await store.blocked?.([...ownership.held.keys()]);
  if (!blocked) return;
  for (const held of ownership.held.values()) held.blocked = blocked.get(held.partition) ?? new Map();
}

async function afterFailure(options: LoopOptions, state: LoopState, error: unknown): Promise<void> {
  const { limits, log, metrics, random, clock } = options;
  const kind = failureOf(error);
  state.setbacks += 1;
  state.stale = true;
  // A lost race has stored nothing; whatever else failed may have put something away.
  state.blockedStale ||= kind !== 'conflict';
  state.countMax = limits.readCountMax;
  if (state.setbacks >= limits.setbacksBeforeHalving) state.entriesMax = Math.max(1, Math.floor(state.entriesMax / 2));
  if (kind === 'conflict') metrics.count('conflict', 1);
  const calm = kind === 'conflict' || kind === 'fenced';
  if (state.setbacks % 10 === 1) log.warn({ err: error, kind, setbacks: state.setbacks }, 'batch put off');
  const [firstMs, mostMs] = calm
    ? [limits.conflictPauseMs, limits.conflictPauseMaxMs]
    : [limits.outagePauseMs, limits.outagePauseMaxMs];
  const pauseMs = Math.min(mostMs, firstMs * 2 ** Math.min(state.setbacks, 16));
  if (kind !== 'fenced') await sleep(clock, pauseMs * (0.5 + random.next() / 2), state.stop.signal);
}

function setAlarm(options: LoopOptions, held: Held, found: Omit<PartitionAlarm, 'recheckAtMs'> | undefined): void {
  const before = held.alarm;
  const recheckAtMs = nowMs(options) + options.limits.alarmRecheckMs;
  held.alarm = found && { reason: found.reason, domain: found.domain, entryId: found.entryId, recheckAtMs };
  if (found && (before?.reason !== found.reason || before.entryId !== found.entryId)) {
    options.log.error({ partition: held.partition, ...found }, 'ALARM: partition stopped');
  }
  if (before && !found) options.log.info({ partition: held.partition, reason: before.reason }, 'partition goes on');
}

const nowMs = (options: LoopOptions) => options.clock.now().getTime();
