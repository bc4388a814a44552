// Owners and cursors in the service's own MongoDB. Invariants: a cursor moves only in the same transaction as the
// effects of what it passes (or after effects that are idempotent by keys of their own), and only from where this owner
// and epoch left it; whoever takes a partition over kills the old owner's session first, so no open transaction
// outlives its owner.
import { asSystem, asTenants, type Database, inTransaction } from '../../persistence/index.ts';
import type { Clock, Random } from '../../values/index.ts';
import { emptyStreamId } from '../streams/positions.ts';
import { prepareDeadLetters, readBlocked, storeDeadLetters } from './dead-letters.ts';
import { type Claim, type CursorMove, type CursorStore, Fenced, type Session, type Step } from './ports.ts';

export const ownersCollection = 'owners';
export const cursorsCollection = 'cursors';

interface OwnerDocument {
  /** `<service>:<generation>:<partition>`. */
  _id: string;
  epoch: number;
  session: NonNullable<Session['id']>['id'];
  at: Date;
}

interface CursorDocument {
  /** `<service>:<generation>:<domain>:<partition>`. */
  _id: string;
  domain: string;
  partition: number;
  source: string;
  lastId: string;
  epoch: number;
  at: Date;
}

export interface CursorStoreOptions {
  readonly database: Database;
  readonly service: string;
  readonly generation: string;
  readonly domains: readonly string[];
  readonly mode: 'transaction' | 'effects-first';
  readonly transactionMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Creates what the first transaction needs and opens the session that this owner keeps for its whole life. */
export async function openCursorStore(options: CursorStoreOptions): Promise<CursorStore> {
  await prepareDeadLetters(options.database);
  const session = options.database.client.startSession();
  return {
    takeOver: (partitions) => takeOver(options, session, partitions),
    claims: (partitions) => readClaims(options, partitions),
    blocked: (partitions) =>
      asSystem('dead-letters', () => readBlocked(options.database, scopeOf(options), partitions)),
    apply: (step) =>
      options.mode === 'transaction' ? applyAtOnce(options, session, step) : applyFirst(options, session, step),
    close: () => session.endSession(),
  };
}

async function takeOver(options: CursorStoreOptions, session: Session, partitions: readonly number[]) {
  return asSystem('take-over', async () => {
    const epochs = new Map<number, number>();
    const previous = await Promise.all(
      partitions.map(async (partition) => {
        const before = await claimOwner(options, session, partition);
        epochs.set(partition, (before?.epoch ?? 0) + 1);
        return before?.session;
      }),
    );
    await killSessions(options.database, session, previous);
    await raiseCursors(options, epochs);
    const claims = await readClaims(options, partitions);
    // After the cursors are raised: no former owner can store dead letters any more.
    const blocked = await readBlocked(options.database, scopeOf(options), partitions);
    for (const [partition, claim] of claims) {
      // Somebody else was faster between the two writes.
      if (claim.epoch !== epochs.get(partition)) claims.delete(partition);
      else claims.set(partition, { ...claim, blocked: blocked.get(partition) ?? new Map() });
    }
    return claims;
  });
}

async function claimOwner(options: CursorStoreOptions, session: Session, partition: number) {
  const owners = options.database.db.collection<OwnerDocument>(ownersCollection);
  const id = session.id?.id;
  if (!id) throw new Error('the owner session has no id');
  const claim = () =>
    owners.findOneAndUpdate(
      { _id: `${options.service}:${options.generation}:${partition}` },
      { $inc: { epoch: 1 }, $set: { session: id, at: options.clock.now() } },
      { upsert: true, returnDocument: 'before' },
    );
  // Two first owners of a partition: the second upsert finds a duplicate, and the document the next time.
  return claim().catch(claim);
}

async function killSessions(
  database: Database,
  own: Session,
  previous: readonly (OwnerDocument['session'] | undefined)[],
) {
  const ids = new Map(previous.filter((id) => id !== undefined).map((id) => [id.toString('hex'), id]));
  ids.delete(own.id?.id.toString('hex') ?? '');
  if (ids.size === 0) return;
  await database.client.db('admin').command({ killSessions: [...ids.values()].map((id) => ({ id })) });
}

async function raiseCursors(options: CursorStoreOptions, epochs: ReadonlyMap<number, number>) {
  const at = options.clock.now();
  const operations = [...epochs].flatMap(([partition, epoch]) =>
    options.domains.map((domain) => ({
      updateOne: {
        filter: { _id: cursorId(options, domain, partition) },
        update: { $max: { epoch }, $setOnInsert: { domain, partition, source: '', lastId: emptyStreamId, at } },
        upsert: true,
      },
    })),
  );
  const cursors = options.database.db.collection<CursorDocument>(cursorsCollection);
  const raise = () => cursors.bulkWrite(operations, { ordered: false });
  await raise().catch(raise);
}

async function readClaims(options: CursorStoreOptions, partitions: readonly number[]): Promise<Map<number, Claim>> {
  const ids = partitions.flatMap((partition) => options.domains.map((domain) => cursorId(options, domain, partition)));
  const cursors = options.database.db.collection<CursorDocument>(cursorsCollection);
  const found = await cursors.find({ _id: { $in: ids } }, { readConcern: { level: 'majority' } }).toArray();
  const claims = new Map<number, Claim>();
  for (const { partition, domain, epoch, source, lastId } of found) {
    // Cursors of one partition are raised in separate writes: the highest epoch is the owner's.
    const claim = claims.get(partition);
    const cursorsOf = claim?.cursors ?? new Map();
    cursorsOf.set(domain, { source, lastId });
    claims.set(partition, { epoch: Math.max(epoch, claim?.epoch ?? 0), cursors: cursorsOf });
  }
  return claims;
}

async function applyAtOnce(options: CursorStoreOptions, session: Session, step: Step) {
  return inScope(options, step, () =>
    transact(options, session, async (running) => {
      const result = await step.effects?.(running);
      await storeDeadLetters(options, step.letters, running);
      await moveCursors(options, step.moves, running);
      return result;
    }),
  );
}

async function applyFirst(options: CursorStoreOptions, session: Session, step: Step) {
  return inScope(options, step, async () => {
    const result = await step.effects?.();
    if (step.letters.length === 0) await moveCursors(options, step.moves, undefined);
    else {
      await transact(options, session, async (running) => {
        await storeDeadLetters(options, step.letters, running);
        await moveCursors(options, step.moves, running);
      });
    }
    return result;
  });
}

function transact<T>(
  options: CursorStoreOptions,
  session: Session,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { database, transactionMs, random, clock } = options;
  return inTransaction(database, work, { session, timeLimitMs: transactionMs, random, clock });
}

function inScope<T>(options: CursorStoreOptions, step: Step, work: () => Promise<T>): Promise<T> {
  return step.tenantIds.size === 0
    ? asSystem(`${options.service}.cursors`, work)
    : asTenants(step.tenantIds, `${options.service}.batch`, work);
}

async function moveCursors(options: CursorStoreOptions, moves: readonly CursorMove[], session: Session | undefined) {
  if (moves.length === 0) return;
  const at = options.clock.now();
  const operations = moves.map(({ domain, partition, epoch, from, to, source }) => ({
    updateOne: {
      filter: { _id: cursorId(options, domain, partition), lastId: from, epoch },
      update: { $set: { lastId: to, source, at } },
    },
  }));
  const cursors = options.database.db.collection<CursorDocument>(cursorsCollection);
  const result = await cursors.bulkWrite(operations, { ordered: false, ...(session ? { session } : {}) });
  if (result.matchedCount !== moves.length) throw new Fenced(moves.length, result.matchedCount);
}

/** Names a consumer: `<service>:<generation>`. */
export function scopeOf({ service, generation }: Pick<CursorStoreOptions, 'service' | 'generation'>): string {
  return `${service}:${generation}`;
}

function cursorId(options: CursorStoreOptions, domain: string, partition: number): string {
  return `${options.service}:${options.generation}:${domain}:${partition}`;
}
