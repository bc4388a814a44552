// Adjusting stock by hand, many callers in one transaction.
// Invariant: a level has at most one writer per process besides the owner of its partition, and that one cools down
// between two transactions on it, so that a rush of adjustments cannot starve the orders of the same variant.
import { DomainError, isConflict, isOutage } from '@holdfast/shared/errors';
import { type Batcher, createBatcher, retryUntilFound } from '@holdfast/shared/messaging';
import { asTenants, Conflict, type Database, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { assertSameRequest, type Clock, type Created, type Random } from '@holdfast/shared/values';
import { adjustmentBatchMax, adjustmentRetryMs, adjustmentsWaitingMax, blockingOrdersMax } from '../limits.ts';
import type { LocationStore } from '../locations/location.store.ts';
import { mainLocationIdOf } from '../locations/location.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import type { MovementStore } from '../stock/movement.store.ts';
import { openBook } from '../stock/stock-book.ts';
import type { StockLevelStore } from '../stock/stock-level.store.ts';
import { type AdjustCommand, type AdjustResult, adjustedLevelId, adjustStock } from './adjust-stock.ts';
import type { AdjustmentStore } from './adjustment.store.ts';
import type { Adjustment } from './adjustment.ts';
import { createLevelCooldowns, type LevelCooldowns } from './level-cooldowns.ts';

export type AdjustmentWriterDeps = {
  database: Database;
  adjustments: AdjustmentStore;
  levels: StockLevelStore;
  movements: MovementStore;
  clock: Clock;
  random: Random;
  /** How long a batch is decided again when others were faster; default 5 s. */
  retryMs?: number;
};
type WriterParts = AdjustmentWriterDeps & { cooldowns: LevelCooldowns };

/** Decides commands in shared transactions; a refused one resolves with its refusal, nothing of it is stored. */
export type AdjustmentWriter = Batcher<AdjustCommand, AdjustResult>;

/** The group-commit batcher of this process. */
export function createAdjustmentWriter(deps: AdjustmentWriterDeps): AdjustmentWriter {
  const cooldowns = createLevelCooldowns(deps.clock);
  return createBatcher<AdjustCommand, AdjustResult>({
    maxItems: adjustmentBatchMax,
    maxWaiting: adjustmentsWaitingMax,
    clock: deps.clock,
    beforeRun: (commands) => cooldowns.wait(commands.slice(0, adjustmentBatchMax).map(adjustedLevelId)),
    run: (commands) => decideTogether(commands, { ...deps, cooldowns }),
  });
}

// What one command breaks must not fail the others: a batch that fails by itself is halved until the culprit is alone.
async function decideTogether(commands: AdjustCommand[], deps: WriterParts): Promise<Array<AdjustResult | Error>> {
  try {
    return await decideInTransaction(commands, deps);
  } catch (error) {
    if (isConflict(error)) throw new DomainError('busy', { detail: 'Too many writers change this stock right now.' });
    if (isOutage(error)) throw error;
    if (commands.length === 1) return [error instanceof Error ? error : new Error(String(error))];
    const middle = Math.ceil(commands.length / 2);
    const first = await decideTogether(commands.slice(0, middle), deps);
    return [...first, ...(await decideTogether(commands.slice(middle), deps))];
  }
}

async function decideInTransaction(
  commands: readonly AdjustCommand[],
  { database, adjustments, levels, movements, clock, random, retryMs = adjustmentRetryMs, cooldowns }: WriterParts,
): Promise<AdjustResult[]> {
  const ids = commands.map(({ caller: { tenantId }, adjustmentId: id }) => ({ tenantId, id }));
  const levelKeys = commands.map((command) => ({ tenantId: command.caller.tenantId, id: adjustedLevelId(command) }));
  const tenantIds = new Set(ids.map(({ tenantId }) => tenantId));
  let attempts = 0;
  let beganMs = 0;
  const results = await asTenants(tenantIds, 'adjustments', () =>
    inTransaction(
      database,
      async (session) => {
        attempts += 1;
        beganMs = clock.monotonicMs();
        const stored = await adjustments.readMany(ids, session);
        const book = openBook((await levels.readMany(levelKeys, session)).values(), clock.now());
        const { results, created } = adjustStock(commands, book, stored);
        await adjustments.insert(created, session).catch(asReplay);
        await movements.insert(book.movements(), session);
        await levels.saveAll(book.levelChanges(), session);
        return results;
      },
      { timeLimitMs: retryMs, random, clock },
    ),
  );
  cooldowns.start(levelKeys, { attempts, tookMs: clock.monotonicMs() - beganMs });
  return results;
}

// Another replica has just stored an adjustment of the same key: read again, it is a replay.
function asReplay(error: unknown): never {
  throw isDuplicateKey(error) ? new Conflict('an adjustment of this key was stored meanwhile') : error;
}

export type CreateAdjustmentDeps = {
  writer: AdjustmentWriter;
  locations: Pick<LocationStore, 'read'>;
  levels: Pick<StockLevelStore, 'ofVariants'>;
  reservations: Pick<ReservationStore, 'ordersHolding'>;
};

/**
 * Adjusts stock, in the caller's tenant. Throws unknown_location, unknown_variant (after retries for 1 s),
 * count_is_stale, stock_out_of_range, would_break_reservations with `orderIds`, idempotency_key_reused, busy.
 */
export async function createAdjustment(
  command: AdjustCommand,
  deps: CreateAdjustmentDeps,
): Promise<Created<Adjustment>> {
  const { caller, requestKey, variantId, locationId } = command;
  const { tenantId } = caller;
  if (locationId !== mainLocationIdOf(tenantId)) {
    if (!(await deps.locations.read({ tenantId, id: locationId }))) throw new DomainError('unknown_location');
  }
  let result = await deps.writer.add(command);
  if (result.kind === 'refused' && result.code === 'unknown_variant') {
    const level = await retryUntilFound(
      async () => (await deps.levels.ofVariants([variantId], locationId))[0],
      Boolean,
    );
    if (level !== undefined) result = await deps.writer.add(command);
  }
  if (result.kind === 'applied') {
    assertSameRequest(result.adjustment.creation, requestKey);
    return { created: result.adjustment, replayed: result.replayed };
  }
  if (result.code !== 'would_break_reservations') throw new DomainError(result.code, { extra: result.extra });
  const orderIds = await deps.reservations.ordersHolding(variantId, locationId, blockingOrdersMax);
  throw new DomainError(result.code, { extra: { ...result.extra, orderIds } });
}
