// The group commit of commands on stock against a real MongoDB: races that are lost, and a command that cannot be
// stored.
import { asTenant, Conflict, inTransaction } from '@holdfast/shared/persistence';
import { newId, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdjustCommand } from '../adjustments/adjust-stock.ts';
import { toStockCommand } from '../adjustments/create-adjustment.ts';
import { checkLedger, type Fixture, openFixture } from '../inventory.fixture.ts';
import { levelCooldownMsMax } from '../limits.ts';
import { mainLocationIdOf } from '../locations/location.ts';
import { openBook, type StockBook } from './stock-book.ts';
import { levelIdOf, type Posting } from './stock-level.ts';
import type { StockCommand } from './stock-writer.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await fixture.startReplica();
});
afterAll(() => fixture.close());

const command = (tenantId: string, overrides: Partial<AdjustCommand> = {}) =>
  toStockCommand({
    adjustmentId: newId('adj'),
    caller: { tenantId, userId: 'usr_1' },
    requestKey: { key: 'key', requestHash: 'hash' },
    variantId: `shirt_${tenantId}`,
    locationId: mainLocationIdOf(tenantId),
    change: { kind: 'delta', delta: 1 },
    reason: 'found',
    cause: {},
    ...overrides,
  });
const posting = (onHandDelta: number): Posting => ({
  movementId: newId('mov'),
  kind: 'adjustment',
  onHandDelta,
  reservedDelta: 0,
  reason: 'other',
  actor: 'usr_1',
  reference: { type: 'adjustment', id: 'adj_test' },
});

const cannotDecide = () => {
  throw new Error('cannot be decided');
};

/** A book over the tenant's level as it is now, with one unit more. */
async function decideOnLevel(tenantId: string): Promise<StockBook> {
  const id = levelIdOf(tenantId, `shirt_${tenantId}`, mainLocationIdOf(tenantId));
  const levels = await inTransaction(fixture.database, (session) =>
    fixture.stores.levels.readMany([{ tenantId, id }], session),
  );
  const book = openBook(levels.values(), new Date());
  book.post(id, posting(1), {});
  return book;
}

describe('a level that changed after it was read', () => {
  it('is a conflict, also without a transaction around the reading, and keeps what it has', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    await asTenant(tenantId, async () => {
      const book = await decideOnLevel(tenantId);
      await fixture.newWriter({ retryMs: 1_000 }).add(command(tenantId));
      const store = () =>
        inTransaction(fixture.database, (session) => fixture.stores.levels.saveAll(book.levelChanges(), session), {
          timeLimitMs: 0,
        });
      await expect(store()).rejects.toThrow(Conflict);
    });
    expect(await fixture.level(tenantId, `shirt_${tenantId}`)).toMatchObject({ onHand: 6, version: 2 });
    await checkLedger(fixture, tenantId);
  });
});

describe('a batch of commands', () => {
  it('waits while one of its levels is cooling down, so that the owner of the level gets a turn', async () => {
    const [tenantId, other] = [await fixture.tenant({ shirt: 5 }), await fixture.tenant({ shirt: 5 })];
    const waits: number[] = [];
    const after = (ms: number, work: () => void) => {
      // Longer ones are limits of time; without a conflict there is no other pause.
      if (ms <= levelCooldownMsMax) waits.push(ms);
      return systemClock.after(ms, work);
    };
    const writer = fixture.newWriter({ clock: { ...systemClock, after } });
    await writer.add(command(tenantId));
    await writer.add(command(other));
    expect(waits).toEqual([]);
    await writer.add(command(tenantId));
    await writer.add(command(tenantId));
    expect(waits.length).toBeGreaterThan(0);
    expect(await fixture.level(tenantId, `shirt_${tenantId}`)).toMatchObject({ onHand: 8 });
  });

  it('answers busy when the level stays taken, and stores nothing', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    await asTenant(tenantId, async () => {
      const book = await decideOnLevel(tenantId);
      const session = fixture.database.client.startSession();
      session.startTransaction();
      await fixture.stores.levels.saveAll(book.levelChanges(), session);
      const refused = fixture.newWriter({ retryMs: 100 }).add(command(tenantId));
      await expect(refused).rejects.toMatchObject({ code: 'busy' });
      await session.abortTransaction();
      await session.endSession();
    });
    expect(await fixture.rows('adjustments', tenantId)).toEqual([]);
    expect(await fixture.level(tenantId, `shirt_${tenantId}`)).toMatchObject({ onHand: 5, version: 1 });
  });

  it('takes out the one that cannot be stored and keeps the others', async () => {
    const tenants = await Promise.all([fixture.tenant({ shirt: 5 }), fixture.tenant({ shirt: 5 })]);
    const tooLarge = { note: 'x'.repeat(17 * 1024 * 1024) };
    const commands = [0, 1, 2, 3, 4].map((n) => command(tenants[n % 2]!, n === 2 ? tooLarge : {}));
    const writer = fixture.newWriter({ retryMs: 1_000 });
    const settled = await Promise.allSettled(commands.map((one) => writer.add(one)));
    expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    for (const tenantId of tenants) {
      expect(await fixture.level(tenantId, `shirt_${tenantId}`)).toMatchObject({ onHand: 7 });
      await checkLedger(fixture, tenantId);
    }
  });

  it('decides commands of other kinds in the same transaction, each on what those before it left', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const levelId = levelIdOf(tenantId, `shirt_${tenantId}`, mainLocationIdOf(tenantId));
    const look = (seen: number[]): StockCommand<Date> => ({
      tenantId,
      levelIds: [levelId],
      variantIds: [`shirt_${tenantId}`],
      documents: {},
      decide(book, _documents, now) {
        seen.push(book.level(levelId)!.onHand);
        return now;
      },
    });
    const seen: number[] = [];
    const broken = { ...look([]), decide: cannotDecide };
    const writer = fixture.newWriter();
    const [before, adjusted, after] = await Promise.all([
      writer.add(look(seen)),
      writer.add(command(tenantId)),
      writer.add(look(seen)),
    ]);
    expect(seen).toEqual([5, 6]);
    expect(after).toEqual(before);
    expect(adjusted).toMatchObject({ adjustment: { onHandAfter: 6, updatedAt: before }, replayed: false });
    await expect(writer.add(broken)).rejects.toThrow('cannot be decided');
    await checkLedger(fixture, tenantId);
  });
});
