// Changing stock by command, many callers in one transaction: everything but the events of orders and the catalog,
// which the owner of a partition applies (on-batch.ts). Commands of different kinds share a transaction.
// Invariant: a level has at most one writer per process besides the owner of its partition, and that one cools down
// between two transactions on it, so that a rush of commands cannot starve the orders of the same variant.
import { DomainError, isConflict, isOutage } from '@holdfast/shared/errors';
import { createBatcher } from '@holdfast/shared/messaging';
import {
  asTenants,
  type Collection,
  Conflict,
  type Database,
  inTransaction,
  isDuplicateKey,
  type Session,
} from '@holdfast/shared/persistence';
import type { Clock, Random } from '@holdfast/shared/values';
import { adjustmentKind } from '../adjustments/adjustment.ts';
import { settleWaiting, waitingFor } from '../adjustments/wait-for-stock.ts';
import { stockBatchLevelsMax, stockBatchMax, stockCommandsWaitingMax, stockRetryMs } from '../limits.ts';
import { noteArrivals } from './arrivals.ts';
import { createLevelCooldowns, type LevelCooldowns } from './level-cooldowns.ts';
import type { MovementStore } from './movement.store.ts';
import { openBook, type StockBook } from './stock-book.ts';
import { openDocuments, type StockDocument, type StockDocuments } from './stock-documents.ts';
import type { StockLevelStore } from './stock-level.store.ts';

/** What somebody wants to change about stock. */
export type StockCommand<Result> = {
  readonly tenantId: string;
  /** Every level that it may touch; one that does not exist is left out of the book. */
  readonly levelIds: readonly string[];
  /**
   * The variants of these levels: all levels of them are in the book, so that events tell what other locations have.
   */
  readonly variantIds: readonly string[];
  /** Every document that it may read or write, by the name of its collection. */
  readonly documents: Readonly<Record<string, readonly string[]>>;
  /**
   * Decides, and leaves postings in the book and changes in the documents. Throws a DomainError for what it refuses,
   * before it changes either: its caller gets that, and the others of the batch are stored. Pure: it runs again, with
   * what is stored then, when somebody else was faster.
   */
  decide(book: StockBook, documents: StockDocuments, now: Date): Result;
};

/** A collection of documents that commands decide on. */
export type StockDocumentStore = {
  readonly definition: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: collections of different documents
  readonly readMany: Collection<any>['readMany'];
  // biome-ignore lint/suspicious/noExplicitAny: collections of different documents
  readonly saveAll: Collection<any>['saveAll'];
};

export type StockWriterDeps = {
  database: Pick<Database, 'client'>;
  /** In the order in which they are written. */
  documents: readonly StockDocumentStore[];
  levels: Pick<StockLevelStore, 'allOf' | 'saveAll'>;
  movements: Pick<MovementStore, 'insert'>;
  clock: Clock;
  random: Random;
  /** How long a batch is decided again when others were faster; default 5 s. */
  retryMs?: number;
};

export type StockWriter = {
  /**
   * Decides the command in a transaction that it shares with others, and resolves with its result once that is durable.
   * Rejects with what its `decide` refuses, and with `busy`: too many commands wait, or others keep changing its
   * levels.
   */
  add<Result>(command: StockCommand<Result>): Promise<Result>;
  /** Resolves when nothing waits and nothing runs. */
  drain(): Promise<void>;
  /** Commands that wait for a transaction. */
  readonly waiting: number;
};

type Command = StockCommand<unknown>;
type WriterParts = StockWriterDeps & { cooldowns: LevelCooldowns };

/** The group-commit writer of this process. */
export function createStockWriter(deps: StockWriterDeps): StockWriter {
  const cooldowns = createLevelCooldowns(deps.clock);
  const batcher = createBatcher<Command, unknown>({
    maxItems: stockBatchMax,
    maxBytes: stockBatchLevelsMax,
    sizeOf: ({ levelIds }) => levelIds.length,
    maxWaiting: stockCommandsWaitingMax,
    clock: deps.clock,
    beforeRun: (commands) => cooldowns.wait(commands.slice(0, stockBatchMax).flatMap(({ levelIds }) => levelIds)),
    run: (commands) => decideTogether(commands, { ...deps, cooldowns }),
  });
  return {
    add: (command) => batcher.add(command as Command) as Promise<never>,
    drain: batcher.drain,
    get waiting() {
      return batcher.waiting;
    },
  };
}

// What one command breaks must not fail the others: a batch that fails by itself is halved until the culprit is alone.
async function decideTogether(commands: Command[], deps: WriterParts): Promise<unknown[]> {
  try {
    return await decideInTransaction(commands, deps);
  } catch (error) {
    if (isConflict(error)) throw new DomainError('busy', { detail: 'Too many writers change this stock right now.' });
    if (isOutage(error)) throw error;
    if (commands.length === 1) return [refusalOf(error, commands[0]!)];
    const middle = Math.ceil(commands.length / 2);
    const first = await decideTogether(commands.slice(0, middle), deps);
    return [...first, ...(await decideTogether(commands.slice(middle), deps))];
  }
}

/**
 * A sequence number that is taken in the ledger which was read: its level is lost, or behind it. Booking nothing is
 * right until a reconciliation has repaired it.
 */
function refusalOf(error: unknown, { variantIds }: Command): Error {
  if (isDuplicateKey(error)) return new DomainError('level_missing', { extra: { variantIds } });
  return error instanceof Error ? error : new Error(String(error));
}

async function decideInTransaction(commands: readonly Command[], deps: WriterParts): Promise<unknown[]> {
  const { database, levels, movements, clock, random, retryMs = stockRetryMs, cooldowns } = deps;
  const levelKeys = commands.flatMap(({ tenantId, levelIds }) => levelIds.map((id) => ({ tenantId, id })));
  const variants = commands.flatMap(({ tenantId, variantIds }) =>
    variantIds.map((variantId) => ({ tenantId, variantId })),
  );
  const tenantIds = new Set(commands.map(({ tenantId }) => tenantId));
  let attempts = 0;
  let beganMs = 0;
  const results = await asTenants(tenantIds, 'stock', () =>
    inTransaction(
      database,
      async (session) => {
        attempts += 1;
        beganMs = clock.monotonicMs();
        const now = clock.now();
        const book = openBook(await levels.allOf(variants, session), now);
        const documents = await readDocuments(commands, waitingFor(book.levels()), { deps, session });
        const results = commands.map((command) => decideOne(command, { book, documents }, now));
        settleWaiting({ book, documents }, now);
        noteArrivals(book, documents);
        for (const store of deps.documents) {
          await store
            .saveAll(documents.changes<StockDocument>({ name: store.definition.name }), session)
            .catch(asConflict);
        }
        await movements.insert(book.movements(), session);
        // Last: other writers of these levels are kept out for the shortest time.
        await levels.saveAll(book.levelChanges(), session);
        return results;
      },
      { timeLimitMs: retryMs, random, clock },
    ),
  );
  cooldowns.start(levelKeys, { attempts, tookMs: clock.monotonicMs() - beganMs });
  return results;
}

/** What a command refuses is its own answer; whatever else it throws fails the batch. */
function decideOne(command: Command, { book, documents }: Desk, now: Date): unknown {
  try {
    return command.decide(book, documents, now);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

type Desk = { book: StockBook; documents: StockDocuments };
type Key = { tenantId: string; id: string };

async function readDocuments(
  commands: readonly Command[],
  waiting: readonly Key[],
  { deps, session }: { deps: WriterParts; session: Session },
): Promise<StockDocuments> {
  const read = new Map();
  for (const { definition, readMany } of deps.documents) {
    const keys = commands.flatMap(({ tenantId, documents: wanted }) =>
      (wanted[definition.name] ?? []).map((id) => ({ tenantId, id })),
    );
    if (definition.name === adjustmentKind.name) keys.push(...waiting);
    if (keys.length > 0) read.set(definition.name, (await readMany(keys, session)).values());
  }
  return openDocuments(read);
}

// Another replica has just stored a document of the same key: read again, it is a replay.
function asConflict(error: unknown): never {
  throw isDuplicateKey(error) ? new Conflict('a document of this key was stored meanwhile') : error;
}
