// Replaying dead letters, once their cause is fixed: an aggregate's dead letter and what is parked behind it, in order.
// Invariant: each event's effects and its leaving are one transaction (or effects that are idempotent first, as in the
// consumer); while any is left, events that arrive meanwhile are parked behind it, so nothing overtakes.
import { isConflict } from '../../errors/index.ts';
import { asSystem, asTenants, type Database, inTransaction } from '../../persistence/index.ts';
import { type Clock, type Log, partitionCount, type Random } from '../../values/index.ts';
import { type DeadLetterDocument, firstDeadLetter, listDeadLetters, removeDeadLetter } from './dead-letters.ts';
import { readEntry, wantedTypes } from './events.ts';
import { failureOf } from './failure.ts';
import { replayAttemptsMax } from './limits.ts';
import type { Batch, ConsumerTable, HandleResult, Session } from './ports.ts';

export interface ReplayOptions {
  readonly database: Database;
  readonly service: string;
  readonly generation: string;
  readonly table: ConsumerTable;
  readonly mode: 'transaction' | 'effects-first';
  readonly handle: (batch: Batch, session?: Session) => Promise<HandleResult>;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Aggregate {
  readonly tenantId: string;
  readonly subject: string;
}

export interface ReplayResult {
  readonly applied: number;
  readonly discarded: number;
  /** The letter that failed again, at which the replay has stopped; what is behind it stays parked. */
  readonly failed?: { readonly domain: string; readonly entryId: string; readonly error: string } | undefined;
}

export interface DeadLetters {
  /** In stream order, at most 200. */
  list(filter: { tenantId?: string | undefined; subject?: string | undefined }): Promise<DeadLetterDocument[]>;
  /**
   * Applies an aggregate's letters; with `discardFirst` the first of each domain is dropped without effect.
   * Infrastructure errors are thrown.
   */
  replay(aggregate: Aggregate, choice?: { discardFirst?: boolean }): Promise<ReplayResult>;
}

/** The dead letters of one consumer. */
export function createDeadLetters(options: ReplayOptions): DeadLetters {
  const scope = `${options.service}:${options.generation}`;
  return {
    list: (filter) => listDeadLetters(options.database, scope, filter),
    async replay({ tenantId, subject }, { discardFirst = false } = {}) {
      const result: Mutable = { applied: 0, discarded: 0, failed: undefined };
      // A forged entry is in a partition that is not its tenant's: there it is only ever discarded.
      for (const domain of options.table.domains) {
        for (let partition = 0; partition < partitionCount; partition += 1) {
          await replayQueue(options, { scope, tenantId, subject, domain, partition }, discardFirst, result);
        }
      }
      const { failed, ...counts } = result;
      options.log.info({ tenantId, subject, ...counts, failed }, 'dead letters replayed');
      return failed ? result : counts;
    },
  };
}

type Place = Parameters<typeof firstDeadLetter>[1];
type Mutable = { applied: number; discarded: number; failed: ReplayResult['failed'] };

async function replayQueue(
  options: ReplayOptions,
  place: Place,
  discardFirst: boolean,
  result: Mutable,
): Promise<void> {
  if (discardFirst && (await discard(options, place))) result.discarded += 1;
  for (;;) {
    const letter = await asSystem('dead-letters', () => firstDeadLetter(options.database, place));
    if (!letter) return;
    const error = await applyLetter(options, letter);
    if (error) {
      result.failed ??= { domain: place.domain, entryId: letter.entryId, error };
      return;
    }
    result.applied += 1;
  }
}

async function discard(options: ReplayOptions, aggregate: Place): Promise<boolean> {
  return asSystem('dead-letters', async () => {
    const letter = await firstDeadLetter(options.database, aggregate);
    if (!letter) return false;
    await inTransaction(options.database, (session) => removeDeadLetter(options.database, letter, session), {
      random: options.random,
    });
    const { tenantId, domain, entryId, event } = letter;
    options.log.warn({ tenantId, domain, entryId, event }, 'dead letter discarded');
    return true;
  });
}

/** Undefined when it was applied, or the reason why it cannot be. Throws on conflicts and outages. */
async function applyLetter(options: ReplayOptions, letter: DeadLetterDocument): Promise<string | undefined> {
  const { domain, partition, entryId: id, tenantId } = letter;
  const reading = readEntry(letter.event, partition, wantedTypes(options.table));
  if (reading.kind === 'refused') return reading.error;
  if (reading.kind === 'unknown_version') return 'a version from the future';
  const tenantIds = new Set([tenantId]);
  const entries = reading.kind === 'event' ? [{ domain, partition, id, event: reading.event }] : [];
  const batch: Batch = { entries, tenantIds };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await asTenants(tenantIds, `${options.service}.replay`, () => applyBatch(options, letter, batch));
      if (result) result.afterCommit?.();
      return undefined;
    } catch (error) {
      const kind = failureOf(error);
      if (kind === 'deterministic') return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      if (!isConflict(error) || attempt >= replayAttemptsMax) throw error;
    }
  }
}

async function applyBatch(options: ReplayOptions, letter: DeadLetterDocument, batch: Batch): Promise<HandleResult> {
  const { database, mode, handle } = options;
  const hasEffects = batch.entries.length > 0;
  const first = mode === 'effects-first' && hasEffects ? await handle(batch) : undefined;
  return inTransaction(
    database,
    async (session) => {
      // First: what another replay has applied has no effect here.
      if (!(await asSystem('dead-letters', () => removeDeadLetter(database, letter, session)))) return;
      return mode === 'transaction' && hasEffects ? handle(batch, session) : first;
    },
    { random: options.random },
  );
}
