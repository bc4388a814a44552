// Every bound of the consuming side, with its reason. All of them are defaults that a test or a deployment may override
// through `limits`; correctness never depends on one of them (cursors and conditional writes carry it).
export interface ConsumerLimits {
  /** Entries asked of each stream in one read. 64 and more is 11 times cheaper per entry than 1. */
  readonly readCountMax: number;
  /** Under a backlog on many streams each is asked for its share of a batch, but for no less than this. */
  readonly readCountMin: number;
  /** Entries of one batch over all partitions: keeps a transaction far below its 5 s limit. */
  readonly batchEntriesMax: number;
  /** Wait after the first entry of a batch for more to come; 0 where somebody waits for the effects. */
  readonly lingerMs: number;
  /** A blocked read returns by itself after this, in case an interrupt got lost. */
  readonly readBlockMs: number;
  /** Silence of Redis that counts as lag: longer by this than a blocked read takes. */
  readonly silenceSlackMs: number;
  /** Pause when nothing may be read, and length of a read while some partitions wait for another reason. */
  readonly idlePauseMs: number;
  /** Streams that were never seen are looked for this often. */
  readonly firstSightMs: number;
  /** Life of a partition's lease. A killed owner's partitions wait at most this long. */
  readonly leaseMs: number;
  /** Heartbeat, lease renewal and search for free partitions. */
  readonly heartbeatMs: number;
  /** A member whose last heartbeat is older counts as gone. */
  readonly memberLifeMs: number;
  /** Time of one batch transaction including its retries; below the server's transactionLifetimeLimitSeconds of 5. */
  readonly transactionMs: number;
  /** First and longest pause after a conflict, jittered. */
  readonly conflictPauseMs: number;
  readonly conflictPauseMaxMs: number;
  /** First and longest pause after MongoDB or Redis failed. */
  readonly outagePauseMs: number;
  readonly outagePauseMaxMs: number;
  /** After this many failures in a row each further one halves the batch: perhaps it is too large for its time. */
  readonly setbacksBeforeHalving: number;
  /** Deterministic failures of one event before it becomes a dead letter. */
  readonly poisonAttempts: number;
  /** Pause before a failing event is tried again; doubles with each attempt. */
  readonly poisonPauseMs: number;
  /** Events parked behind a dead letter of one aggregate, beyond which its partition stops. */
  readonly parkedPerAggregateMax: number;
  /** Dead letters and parked events of one partition, beyond which it stops: 16 times this in all. */
  readonly deadLettersMax: number;
  /** A stopped partition is rechecked this often, so that a repaired stream continues by itself. */
  readonly alarmRecheckMs: number;
  /** Cursors are published to the relay this often. */
  readonly publishMs: number;
  /** When stopping: time for what is asked of Redis to be answered, then to publish cursors and give leases up. */
  readonly leaveMs: number;
  /** Characters of an error kept in a dead letter. */
  readonly errorTextMax: number;
}

export const consumerLimits: ConsumerLimits = {
  readCountMax: 256,
  readCountMin: 16,
  batchEntriesMax: 256,
  lingerMs: 0,
  readBlockMs: 1_000,
  silenceSlackMs: 1_000,
  idlePauseMs: 25,
  firstSightMs: 100,
  leaseMs: 2_000,
  heartbeatMs: 500,
  memberLifeMs: 2_000,
  transactionMs: 4_500,
  conflictPauseMs: 2,
  conflictPauseMaxMs: 100,
  outagePauseMs: 50,
  outagePauseMaxMs: 1_000,
  setbacksBeforeHalving: 3,
  poisonAttempts: 5,
  poisonPauseMs: 50,
  parkedPerAggregateMax: 1_000,
  deadLettersMax: 5_000,
  alarmRecheckMs: 1_000,
  publishMs: 1_000,
  leaveMs: 2_000,
  errorTextMax: 2_000,
};

/** Dead letters shown by one request. */
export const deadLettersShownMax = 200;
/** Attempts to replay one dead letter while others write the same. */
export const replayAttemptsMax = 10;
