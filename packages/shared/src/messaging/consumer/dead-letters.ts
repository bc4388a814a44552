// Events that could not be applied, kept with their reason, and those that wait behind them. Invariants: one is written
// in the same transaction as the cursor that passes it, so an event is either applied or here, never both and never
// neither; whoever adds or takes one writes its aggregate's `blocked` document, so that parking behind the last letter
// and replaying it conflict.
import { asSystem, type Database } from '../../persistence/index.ts';
import type { Clock } from '../../values/index.ts';
import { positionAfter } from '../streams/positions.ts';
import { deadLettersShownMax } from './limits.ts';
import { aggregateKey } from './parking.ts';
import { type DeadLetter, NothingAhead, type Session } from './ports.ts';

export const deadLettersCollection = 'dead_letters';
export const blockedCollection = 'blocked_aggregates';

export interface DeadLetterDocument {
  /** `<service>:<generation>:<domain>:<partition>:<entry id>`. */
  _id: string;
  /** `-` when the entry does not say whose it is. */
  tenantId: string;
  /** `<service>:<generation>`. */
  scope: string;
  domain: string;
  partition: number;
  entryId: string;
  /** The entry id as text that sorts like the stream. */
  place: string;
  /** The aggregate; '' when the entry does not say. */
  subject: string;
  /** `parked`: it did not fail, but waits behind one that did. */
  state: 'dead' | 'parked';
  event: string;
  error: string;
  at: Date;
}

/** An aggregate that has dead letters: one document while it has any. */
interface BlockedDocument {
  /** `<service>:<generation>:<partition>:<domain>:<tenant>:<subject>`. */
  _id: string;
  tenantId: string;
  scope: string;
  domain: string;
  partition: number;
  subject: string;
  /** Letters and parked events. */
  count: number;
}

const nobody = '-';

function letterDocument(scope: string, letter: DeadLetter, at: Date): DeadLetterDocument {
  const { domain, partition, entryId, subject, event, error, isParked } = letter;
  return {
    _id: `${scope}:${domain}:${partition}:${entryId}`,
    tenantId: letter.tenantId || nobody,
    scope,
    domain,
    partition,
    entryId,
    subject,
    event,
    error,
    at,
    place: positionAfter(entryId),
    state: isParked ? 'parked' : 'dead',
  };
}

function blockedId(scope: string, letter: Pick<DeadLetter, 'domain' | 'partition' | 'tenantId' | 'subject'>): string {
  return `${scope}:${letter.partition}:${letter.domain}:${letter.tenantId || nobody}:${letter.subject}`;
}

export interface LetterStore {
  readonly database: Database;
  readonly service: string;
  readonly generation: string;
  readonly clock: Clock;
}

/**
 * Stores letters, in the transaction of the cursors that pass them. Throws NothingAhead when a parked one has nothing
 * to wait for any more.
 */
export async function storeDeadLetters(store: LetterStore, letters: readonly DeadLetter[], session: Session) {
  if (letters.length === 0) return;
  const { database, service, generation } = store;
  const scope = `${service}:${generation}`;
  const at = store.clock.now();
  const groups = [...Map.groupBy(letters, (letter) => blockedId(scope, letter))];
  const documents = letters.map((letter) => letterDocument(scope, letter, at));
  await asSystem('dead-letters', async () => {
    const blocked = database.db.collection<BlockedDocument>(blockedCollection);
    const failed = groups.filter(([, group]) => !group[0]!.isParked).map(([_id, group]) => raise(scope, _id, group));
    if (failed.length > 0) await blocked.bulkWrite(failed, { ordered: false, session });
    // What is parked must find a letter to wait for.
    const waiting = groups.filter(([, group]) => group[0]!.isParked).map(([_id, group]) => raise(scope, _id, group));
    const found = waiting.length > 0 ? await blocked.bulkWrite(waiting, { ordered: false, session }) : undefined;
    if (found && found.matchedCount !== waiting.length) throw new NothingAhead();
    const operations = documents.map(({ _id, tenantId, ...rest }) => ({
      updateOne: { filter: { _id, tenantId }, update: { $setOnInsert: rest }, upsert: true },
    }));
    const stored = database.db.collection<DeadLetterDocument>(deadLettersCollection);
    await stored.bulkWrite(operations, { ordered: false, session });
  });
}

/** Counts letters of one aggregate; only one that failed by itself may be the first. */
function raise(scope: string, _id: string, group: readonly DeadLetter[]) {
  const { domain, partition, subject, isParked } = group[0]!;
  const tenantId = group[0]!.tenantId || nobody;
  const update = { $inc: { count: group.length }, $setOnInsert: { scope, domain, partition, subject } };
  return { updateOne: { filter: { _id, tenantId }, update, upsert: !isParked } };
}

/** Aggregates with dead letters by partition, by `aggregateKey`. */
export async function readBlocked(
  { db }: Pick<Database, 'db'>,
  scope: string,
  partitions: readonly number[],
): Promise<Map<number, Map<string, number>>> {
  const filter = { scope, partition: { $in: [...partitions] } };
  const found = await db.collection<BlockedDocument>(blockedCollection).find(filter).toArray();
  const blocked = new Map<number, Map<string, number>>();
  for (const { partition, domain, tenantId, subject, count } of found) {
    const own = blocked.get(partition) ?? new Map<string, number>();
    blocked.set(partition, own);
    own.set(aggregateKey({ domain, tenantId: tenantId === nobody ? '' : tenantId, subject }), count);
  }
  return blocked;
}

/** Letters in the order of their streams; at most 200. Without a tenant those of all. */
export async function listDeadLetters(
  { db }: Pick<Database, 'db'>,
  scope: string,
  filter: { tenantId?: string | undefined; subject?: string | undefined },
): Promise<DeadLetterDocument[]> {
  const { tenantId, subject } = filter;
  const where = {
    scope,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(subject === undefined ? {} : { subject }),
  };
  const letters = db.collection<DeadLetterDocument>(deadLettersCollection);
  return asSystem('dead-letters', () =>
    letters.find(where).sort({ domain: 1, partition: 1, place: 1 }).limit(deadLettersShownMax).toArray(),
  );
}

/** The first letter of an aggregate in a domain. */
export async function firstDeadLetter(
  { db }: Pick<Database, 'db'>,
  aggregate: Pick<DeadLetterDocument, 'scope' | 'tenantId' | 'subject' | 'domain' | 'partition'>,
  session?: Session,
): Promise<DeadLetterDocument | undefined> {
  const { scope, tenantId, subject, domain, partition } = aggregate;
  const letters = db.collection<DeadLetterDocument>(deadLettersCollection);
  const found = await letters
    .find({ tenantId, subject, scope, domain, partition }, session ? { session } : {})
    .sort({ place: 1 })
    .limit(1)
    .toArray();
  return found[0];
}

/** Removes a letter, in a transaction; false when somebody else did. */
export async function removeDeadLetter(
  { db }: Pick<Database, 'db'>,
  letter: DeadLetterDocument,
  session: Session,
): Promise<boolean> {
  const { _id, tenantId, scope } = letter;
  const letters = db.collection<DeadLetterDocument>(deadLettersCollection);
  if ((await letters.deleteOne({ _id, tenantId }, { session })).deletedCount !== 1) return false;
  const blocked = db.collection<BlockedDocument>(blockedCollection);
  const id = blockedId(scope, letter);
  await blocked.updateOne({ _id: id, tenantId }, { $inc: { count: -1 } }, { session });
  await blocked.deleteOne({ _id: id, tenantId, count: { $lte: 0 } }, { session });
  return true;
}

/** The collections and their indexes. Needed before the first transaction writes to them. */
export async function prepareDeadLetters({ db }: Pick<Database, 'db'>): Promise<void> {
  await asSystem('dead-letters', async () => {
    await db.collection(deadLettersCollection).createIndex({ tenantId: 1, subject: 1, place: 1 });
    await db.collection(deadLettersCollection).createIndex({ scope: 1, domain: 1, partition: 1, place: 1 });
    await db.collection(blockedCollection).createIndex({ scope: 1, partition: 1 });
  });
}
