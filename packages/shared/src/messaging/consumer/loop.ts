// The consumer loop over ports: own, read, decide, commit, repeat. Invariants: one batch at a time; ownership changes
// only between batches. The loop itself never ends by an error: it waits and retries until it is stopped.
import { sleep } from '../../values/index.ts';
import { applyRead } from './apply.ts';
import { awaitsStreams, inspectStreams, publishCursors, saveCursors } from './chores.ts';
import { failureOf } from './failure.ts';
import { type LoopOptions, type LoopState, nowMs, setAlarm } from './loop-state.ts';
import type { OwnedPartition } from './owner.ts';
import { mayRead, refsOf } from './reading.ts';

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
    // What this cannot store, the next owner skips over once more.
    await saveCursors({ owned: options.ownership.owned, store: options.store }).catch(() => {});
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

/** With nothing to read, or nothing read yet, the heartbeat tells whether Redis answers. */
function noteHeartbeat({ ownership }: LoopOptions, state: LoopState): void {
  state.answeredAtMs = Math.max(state.answeredAtMs, ownership.heardAtMs);
}

async function turn(options: LoopOptions, state: LoopState): Promise<void> {
  const { ownership, streams, clock, limits } = options;
  if (state.stale) await refreshCursors(options, state);
  if (ownership.unsettled) {
    await saveCursors({ owned: ownership.owned, store: options.store });
    await ownership.settle();
    state.choresAtMs = 0;
    noteHeartbeat(options, state);
  }
  await chores(options, state);
  const readable = [...ownership.owned.values()].filter((owned) => mayRead(owned, nowMs(options)));
  const from = refsOf(readable, options);
  if (from.length === 0) {
    noteHeartbeat(options, state);
    return sleep(clock, limits.idlePauseMs, state.stop.signal);
  }
  const blockMs =
    readable.length < ownership.owned.size || from.length < readable.length * options.domains.length
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

async function chores(options: LoopOptions, state: LoopState): Promise<void> {
  const { ownership, streams, store, domains, limits } = options;
  if (nowMs(options) < state.choresAtMs) return;
  const context = { owned: ownership.owned, domains, streams, store };
  await saveCursors(context);
  if (hasBlocked(ownership.owned)) await refreshBlocked(options);
  await inspectStreams({ ...context, setAlarm: (owned, alarm) => setAlarm(options, owned, alarm) });
  await publishCursors(context);
  state.choresAtMs = nowMs(options) + (awaitsStreams(ownership.owned) ? limits.firstSightMs : limits.publishMs);
}

async function refreshCursors(options: LoopOptions, state: LoopState): Promise<void> {
  const { ownership, store, metrics } = options;
  const claims = await store.claims([...ownership.owned.keys()]);
  if (state.blockedStale || hasBlocked(ownership.owned)) await refreshBlocked(options);
  state.stale = false;
  state.blockedStale = false;
  for (const owned of [...ownership.owned.values()]) {
    const claim = claims.get(owned.partition);
    if (claim?.epoch !== owned.epoch) {
      metrics.count('fenced', 1);
      options.log.warn({ partition: owned.partition, epoch: owned.epoch }, 'partition was taken over by another owner');
      await ownership.drop(owned.partition);
    } else {
      owned.unsaved.clear();
      for (const [domain, cursor] of claim.cursors) owned.cursors.set(domain, cursor);
    }
  }
}

function hasBlocked(owned: ReadonlyMap<number, OwnedPartition>): boolean {
  for (const { blocked } of owned.values()) if (blocked.size > 0) return true;
  return false;
}

/** A replay may have emptied what events here wait behind. */
async function refreshBlocked({ ownership, store }: LoopOptions): Promise<void> {
  const blocked = await store.blocked?.([...ownership.owned.keys()]);
  if (!blocked) return;
  for (const owned of ownership.owned.values()) owned.blocked = blocked.get(owned.partition) ?? new Map();
}

async function afterFailure(options: LoopOptions, state: LoopState, error: unknown): Promise<void> {
  const { limits, log, metrics, random, clock } = options;
  const kind = failureOf(error);
  state.setbacks += 1;
  state.stale = true;
  // A lost race has stored nothing; whatever else failed may have stored dead letters.
  state.blockedStale ||= kind !== 'conflict';
  state.countMax = limits.readCountMax;
  if (state.setbacks >= limits.setbacksBeforeHalving) state.entriesMax = Math.max(1, Math.floor(state.entriesMax / 2));
  if (kind === 'conflict') metrics.count('conflict', 1);
  const calm = kind === 'conflict' || kind === 'fenced';
  if (state.setbacks % 10 === 1) log.warn({ err: error, kind, setbacks: state.setbacks }, 'batch postponed');
  const [firstMs, mostMs] = calm
    ? [limits.conflictPauseMs, limits.conflictPauseMaxMs]
    : [limits.outagePauseMs, limits.outagePauseMaxMs];
  const pauseMs = Math.min(mostMs, firstMs * 2 ** Math.min(state.setbacks, 16));
  if (kind !== 'fenced') await sleep(clock, pauseMs * (0.5 + random.next() / 2), state.stop.signal);
}
