// What the consumer logic needs of the world: streams, ownership, cursors with effects, time. The logic imports no
// client of MongoDB or Redis, so that a simulator can drive it step by step; the adapters are streams.ts,
// owner-registry.ts, cursors.ts.
import type { DomainEvent, EventDefinition } from '../../contracts/index.ts';
import type { Database } from '../../persistence/index.ts';
import type { RawEntry } from '../streams/blocking-read.ts';
import type { StreamPosition } from '../streams/positions.ts';

export type Session = ReturnType<Database['client']['startSession']>;

export interface StreamRef {
  readonly domain: string;
  readonly partition: number;
}

export interface StreamSlice extends StreamRef {
  readonly entries: readonly RawEntry[];
}

export interface PublishedCursor extends StreamRef {
  readonly source: string;
  readonly lastId: string;
}

export interface EventStreams {
  /**
   * One atomic look at all streams, waiting up to blockMs for the first entry; at most countMax entries of each.
   * Undefined when it was interrupted before it asked.
   */
  read(
    from: ReadonlyArray<StreamRef & { after: string }>,
    bounds: { countMax: number; blockMs: number },
  ): Promise<StreamSlice[] | undefined>;
  /** Must be asked after the entries were read: an entry above the position is then foreign. */
  states(refs: readonly StreamRef[]): Promise<(StreamPosition | undefined)[]>;
  /** Makes a blocked read return at once. */
  interrupt(): void;
  publish(cursors: readonly PublishedCursor[]): Promise<void>;
  close(): void;
}

export interface PartitionLease {
  /** False when it is lost or could not be renewed. */
  extend(): Promise<boolean>;
  release(): Promise<void>;
}

export interface OwnerRegistry {
  /** Announces that this member is alive; returns how many are, itself included. */
  heartbeat(): Promise<number>;
  /** Tries once; undefined when another member holds the partition. */
  acquire(partition: number): Promise<PartitionLease | undefined>;
  leave(): Promise<void>;
  close(): void;
}

export interface Cursor {
  /** Identity of the database whose oplog the ids come from; '' until the stream was first seen and found complete. */
  readonly source: string;
  readonly lastId: string;
}

/** What an owner holds of one partition number: its epoch and a cursor per domain. */
export interface Claim {
  readonly epoch: number;
  readonly cursors: Map<string, Cursor>;
  /** Given by a take-over: aggregates with dead letters, and how many each has. */
  readonly blocked?: ReadonlyMap<string, number>;
}

export interface CursorMove extends StreamRef {
  readonly epoch: number;
  readonly from: string;
  readonly to: string;
  readonly source: string;
}

export interface DeadLetter extends StreamRef {
  readonly entryId: string;
  /** '' when the entry does not say whose it is. */
  readonly tenantId: string;
  /** The aggregate that the event is of; '' when the entry does not say. */
  readonly subject: string;
  readonly event: string;
  /** '' when it is parked. */
  readonly error: string;
  /** It did not fail: it waits behind an earlier dead letter of its aggregate. */
  readonly isParked: boolean;
}

/** One atomic step: effects, dead letters and cursors, all or nothing. */
export interface Step {
  readonly tenantIds: ReadonlySet<string>;
  readonly letters: readonly DeadLetter[];
  readonly moves: readonly CursorMove[];
  /** Undefined when there is nothing to handle (only skipped entries or letters). */
  readonly effects: ((session?: Session) => Promise<HandleResult>) | undefined;
}

export interface CursorStore {
  /**
   * Makes this process the owner: epoch + 1, the old owner's session killed, cursors at the new epoch. Partitions lost
   * on the way are missing.
   */
  takeOver(partitions: readonly number[]): Promise<Map<number, Claim>>;
  /** The stored claims, after a step whose outcome is unknown. */
  claims(partitions: readonly number[]): Promise<Map<number, Claim>>;
  /** Aggregates with dead letters by partition; left out where nothing is ever dead-lettered. */
  blocked?(partitions: readonly number[]): Promise<Map<number, Map<string, number>>>;
  /**
   * Throws Fenced when a cursor was not where the move expects it, NothingAhead when a parked event has nothing to wait
   * for any more.
   */
  apply(step: Step): Promise<HandleResult>;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler without anything to do after the commit returns nothing
export type HandleResult = void | { afterCommit?: () => void };

/** What kind of failure it is decides whether a batch is decided again, re-read, waited out or taken apart. */
export type Failure = 'conflict' | 'fenced' | 'infrastructure' | 'deterministic';

export interface StreamEntry {
  readonly domain: string;
  readonly partition: number;
  readonly id: string;
  readonly event: DomainEvent;
}

/**
 * The domains that a consumer reads and the events that its handler wants, as an event table tells; without `events`
 * all that are known.
 */
export interface ConsumerTable {
  readonly domains: readonly string[];
  readonly events?: readonly Pick<EventDefinition, 'type'>[];
}

export interface Batch {
  /** Per partition in stream order; entries of drainFirst domains before the others. */
  readonly entries: readonly StreamEntry[];
  readonly tenantIds: ReadonlySet<string>;
}

/** Counters of the consuming side; telemetry binds them to Prometheus. */
export interface ConsumerMetrics {
  count(name: 'applied' | 'skipped' | 'dead_letter' | 'parked' | 'conflict' | 'fenced' | 'batch', amount: number): void;
}

/** A cursor was not where this owner left it: somebody else owns the partition, or an unknown commit did happen. */
export class Fenced extends Error {
  readonly code = 'FENCED';
  constructor(moves: number, matched: number) {
    super(`${matched} of ${moves} cursors were where this owner left them`);
    this.name = 'Fenced';
  }
}

/** What an event was to be parked behind was replayed meanwhile: the dead letters must be read again. */
export class NothingAhead extends Error {
  readonly code = 'NOTHING_AHEAD';
  constructor() {
    super('a dead letter was replayed');
    this.name = 'NothingAhead';
  }
}
