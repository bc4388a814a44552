// Which partitions this process owns. A timer renews leases and looks for free partitions; what it finds takes effect
// only in `settle`, which the consumer loop calls between batches. Invariant: a partition is read only while it is in
// `owned`, with the epoch of our own take-over.
import { type Clock, every, type Log } from '../../values/index.ts';
import type { Claim, Cursor, CursorStore, OwnerRegistry, PartitionLease } from './ports.ts';

/** A partition that this process owns, with what the loop remembers about it. */
export interface OwnedPartition {
  readonly partition: number;
  readonly epoch: number;
  readonly cursors: Map<string, Cursor>;
  /**
   * Domains whose cursor runs ahead of the stored one, with the stored last id: skipping without effects is stored
   * later.
   */
  readonly unsaved: Map<string, string>;
  /** Aggregates with dead letters, and how many each has. Only this owner adds; a replay may have removed some. */
  blocked: Map<string, number>;
  alarm: PartitionAlarm | undefined;
  suspect: Suspect | undefined;
  /** Time of the oldest event that was read and is not applied yet, in ms since 1970. */
  waitingSinceMs: number | undefined;
}

/** Why a partition is stopped. It is rechecked from `recheckAtMs` on. */
export interface PartitionAlarm {
  readonly reason: AlarmReason;
  readonly domain: string;
  readonly entryId: string | undefined;
  readonly recheckAtMs: number;
}

export type AlarmReason = 'foreign_entry' | 'wrong_source' | 'events_missing' | 'unknown_version' | 'dead_letters_full';

/** An event that failed by itself and is tried again later. */
export interface Suspect {
  readonly domain: string;
  readonly entryId: string;
  readonly attempts: number;
  readonly notBeforeMs: number;
}

export interface Ownership {
  readonly owned: ReadonlyMap<number, OwnedPartition>;
  /** By the monotonic clock: when the registry last answered a heartbeat. */
  readonly heardAtMs: number;
  /** True when `settle` has something to do. */
  readonly unsettled: boolean;
  /** Hands over, drops and takes over what the timer decided. Call it between batches only. */
  settle(): Promise<void>;
  /** Forgets a partition that another owner has taken; its lease ends. */
  drop(partition: number): Promise<void>;
  /** Ends heartbeats and gives up every lease, so that others can take over at once. */
  leave(): Promise<void>;
}

export interface OwnershipOptions {
  readonly registry: OwnerRegistry;
  readonly store: CursorStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly partitions: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** Called when `settle` has got something to do, to end a blocked read. */
  readonly onChange: () => void;
}

interface OwnLease {
  readonly lease: PartitionLease;
  renewedAtMs: number;
}

interface State {
  readonly owned: Map<number, OwnedPartition>;
  readonly leases: Map<number, OwnLease>;
  readonly lost: Set<number>;
  surplus: number;
  heardAtMs: number;
}

/** Starts heartbeats at once. */
export function startOwnership(options: OwnershipOptions): Ownership {
  const state: State = {
    owned: new Map(),
    leases: new Map(),
    lost: new Set(),
    surplus: 0,
    heardAtMs: options.clock.monotonicMs(),
  };
  const unsettled = () =>
    state.lost.size > 0 ||
    state.surplus > 0 ||
    [...state.leases.keys()].some((partition) => !state.owned.has(partition));
  const stopTimer = every(options.clock, options.heartbeatMs, async () => {
    await beat(options, state).catch((error) => options.log.warn({ err: error }, 'heartbeat failed'));
    if (unsettled()) options.onChange();
  });
  return {
    owned: state.owned,
    get heardAtMs() {
      return state.heardAtMs;
    },
    get unsettled() {
      return unsettled();
    },
    settle: () => settle(options, state),
    drop: (partition) => release(state, partition),
    async leave() {
      await stopTimer();
      await Promise.all([...state.leases.keys()].map((partition) => release(state, partition)));
      state.owned.clear();
      await options.registry.leave().catch(() => {});
    },
  };
}

async function beat(options: OwnershipOptions, state: State): Promise<void> {
  await renew(options, state);
  const members = Math.max(1, await options.registry.heartbeat());
  state.heardAtMs = options.clock.monotonicMs();
  const most = Math.ceil(options.partitions / members);
  state.surplus = Math.max(0, state.leases.size - most);
  await acquireFree(options, state, most);
}

// A renewal that fails because Redis is down does not end an ownership before its time: cursors guard it anyway.
async function renew(options: OwnershipOptions, state: State): Promise<void> {
  const nowMs = () => options.clock.now().getTime();
  const renewals = [...state.leases].map(async ([partition, own]) => {
    const askedAtMs = nowMs();
    const kept = await own.lease.extend();
    if (kept) own.renewedAtMs = askedAtMs;
    if (nowMs() - own.renewedAtMs < options.leaseMs || state.leases.get(partition) !== own) return;
    state.leases.delete(partition);
    state.lost.add(partition);
  });
  await Promise.all(renewals);
}

async function acquireFree(options: OwnershipOptions, state: State, most: number): Promise<void> {
  const free = Array.from({ length: options.partitions }, (_, n) => n).filter((n) => !state.leases.has(n));
  // One after the other past the first few would take long; all at once might take more than our share.
  while (free.length > 0 && state.leases.size < most) {
    const wanted = free.splice(0, most - state.leases.size);
    const leases = await Promise.all(wanted.map((partition) => options.registry.acquire(partition)));
    const renewedAtMs = options.clock.now().getTime();
    for (const [n, lease] of leases.entries()) if (lease) state.leases.set(wanted[n]!, { lease, renewedAtMs });
  }
}

async function settle(options: OwnershipOptions, state: State): Promise<void> {
  for (const partition of state.lost) state.owned.delete(partition);
  state.lost.clear();
  const handOver = [...state.leases.keys()].sort((a, b) => b - a).slice(0, state.surplus);
  state.surplus = 0;
  await Promise.all(handOver.map((partition) => release(state, partition)));
  const wanted = [...state.leases.keys()].filter((partition) => !state.owned.has(partition));
  if (wanted.length > 0) {
    const claims = await options.store.takeOver(wanted);
    for (const partition of wanted) await take(state, partition, claims.get(partition));
    options.log.info({ took: [...claims.keys()], owned: state.owned.size }, 'partitions taken over');
  }
  if (handOver.length > 0) options.log.info({ handOver, owned: state.owned.size }, 'partitions handed over');
}

async function take(state: State, partition: number, claim: Claim | undefined): Promise<void> {
  if (!claim) return release(state, partition);
  // Lost again while taking over: without the lease it is not ours to read.
  if (!state.leases.has(partition)) return;
  const { epoch, cursors, blocked } = claim;
  state.owned.set(partition, {
    partition,
    epoch,
    cursors,
    unsaved: new Map(),
    blocked: new Map(blocked),
    alarm: undefined,
    suspect: undefined,
    waitingSinceMs: undefined,
  });
}

async function release(state: State, partition: number): Promise<void> {
  state.owned.delete(partition);
  const lease = state.leases.get(partition);
  state.leases.delete(partition);
  await lease?.lease.release();
}
