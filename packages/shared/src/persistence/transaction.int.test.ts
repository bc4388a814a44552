import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isConflict, isOutage } from '../errors/index.ts';
import { testName, testServers } from '../testing/installation.ts';
import { type Database, openDatabase } from './connection.ts';
import { asSystem, asTenant } from './context.ts';
import { Conflict, isDuplicateKey, TenancyViolation } from './errors.ts';
import { createIndexes } from './indexes.ts';
import { inTransaction } from './transaction.ts';

interface Row {
  _id: string;
  tenantId: string;
  n: number;
}

const key = { _id: 'a1', tenantId: 'a' };
let database: Database;
const rows = () => database.db.collection<Row>('rows');
const stored = () => asTenant('a', () => rows().findOne(key));

beforeAll(async () => {
  const { mongodbUri: uri } = testServers();
  const name = testName('transaction');
  database = await openDatabase({ uri, name, evented: [], global: [] });
  await createIndexes(database, [{ collection: 'rows', indexes: [] }]);
});
beforeEach(() =>
  asSystem('test.reset', async () => {
    await rows().deleteMany({});
    await rows().insertOne({ ...key, n: 0 });
  }),
);
afterAll(() => database?.close());

describe('inTransaction', () => {
  it('commits what work wrote and returns what it returned', async () => {
    const work = () =>
      inTransaction(database, async (session) => {
        await rows().updateOne(key, { $set: { n: 5 } }, { session });
        await rows().insertOne({ _id: 'a2', tenantId: 'a', n: 1 }, { session });
        return 'done';
      });
    expect(await asTenant('a', work)).toBe('done');
    expect(await stored()).toMatchObject({ n: 5 });
  });

  it('leaves nothing behind when work throws, and runs it once', async () => {
    let runs = 0;
    const work = () =>
      inTransaction(database, async (session) => {
        runs += 1;
        await rows().updateOne(key, { $set: { n: 5 } }, { session });
        throw new Error('no');
      });
    await expect(asTenant('a', work)).rejects.toThrow('no');
    expect(runs).toBe(1);
    expect(await stored()).toMatchObject({ n: 0 });
  });

  it('runs work again after a write conflict, until each of 10 competitors is counted', async () => {
    const increment = () =>
      inTransaction(
        database,
        async (session) => {
          const row = await rows().findOne(key, { session });
          await rows().updateOne(key, { $set: { n: (row?.n ?? 0) + 1 } }, { session });
        },
        { timeLimitMs: 20_000 },
      );
    await asTenant('a', () => Promise.all(Array.from({ length: 10 }, increment)));
    expect(await stored()).toMatchObject({ n: 10 });
  });

  it('runs work again after a Conflict, and stops at its time limit', async () => {
    let runs = 0;
    const lose = (timeLimitMs: number) =>
      inTransaction(
        database,
        async () => {
          runs += 1;
          throw new Conflict();
        },
        { timeLimitMs },
      );
    await expect(lose(0)).rejects.toThrow(Conflict);
    expect(runs).toBe(1);
    await expect(lose(100)).rejects.toThrow(Conflict);
    expect(runs).toBeGreaterThan(2);
  });

  it('runs work again when the server ended the transaction', async () => {
    let runs = 0;
    const work = () =>
      inTransaction(database, async (session) => {
        runs += 1;
        await rows().updateOne(key, { $inc: { n: 1 } }, { session });
        if (runs > 1) return;
        const kill = { killSessions: [{ id: session.id?.id }] };
        await asSystem('test.kill', () => database.client.db('admin').command(kill));
        await rows().findOne(key, { session });
      });
    await asTenant('a', work);
    expect(runs).toBe(2);
    expect(await stored()).toMatchObject({ n: 1 });
  });

  it('uses a session that was passed, again and again, and never ends it', async () => {
    const session = database.client.startSession();
    for (const n of [1, 2]) {
      const work = () =>
        inTransaction(database, () => rows().updateOne(key, { $set: { n } }, { session }), { session });
      await asTenant('a', work);
    }
    expect(session.hasEnded).toBe(false);
    expect(await stored()).toMatchObject({ n: 2 });
    await session.endSession();
  });
});

describe('a refusal inside a transaction', () => {
  const caught = async (session: Parameters<Parameters<typeof inTransaction>[1]>[0]) => {
    await rows().updateOne(key, { $set: { n: 5 } }, { session });
    await rows()
      .updateOne({ _id: 'b1' }, { $set: { n: 5 } }, { session })
      .catch(() => undefined);
  };

  it('is fatal although work caught it', async () => {
    let runs = 0;
    const work = () =>
      inTransaction(database, async (session) => {
        runs += 1;
        await caught(session);
      });
    await expect(asTenant('a', work)).rejects.toThrow(TenancyViolation);
    expect(runs).toBe(1);
    expect(await stored()).toMatchObject({ n: 0 });
  });

  it('is not hidden by a later conflict', async () => {
    const work = () =>
      inTransaction(database, async (session) => {
        await caught(session);
        throw new Conflict();
      });
    await expect(asTenant('a', work)).rejects.toThrow(TenancyViolation);
  });

  it('also stops a commit that is called on the session itself', async () => {
    await asTenant('a', async () => {
      const session = database.client.startSession();
      session.startTransaction();
      await caught(session);
      await expect(session.commitTransaction()).rejects.toThrow(TenancyViolation);
      await session.endSession();
    });
    expect(await stored()).toMatchObject({ n: 0 });
  });

  it("also stops the driver's withTransaction, which runs the callback once", async () => {
    let runs = 0;
    await asTenant('a', async () => {
      const session = database.client.startSession();
      const work = session.withTransaction(async () => {
        runs += 1;
        await caught(session);
      });
      await expect(work).rejects.toThrow(TenancyViolation);
      await session.endSession();
    });
    expect(runs).toBe(1);
    expect(await stored()).toMatchObject({ n: 0 });
  });

  it('does not hang over the next transaction of the same session', async () => {
    const session = database.client.startSession();
    await expect(asTenant('a', () => inTransaction(database, caught, { session }))).rejects.toThrow(TenancyViolation);
    const work = () =>
      inTransaction(database, () => rows().updateOne(key, { $set: { n: 7 } }, { session }), { session });
    await asTenant('a', work);
    expect(await stored()).toMatchObject({ n: 7 });
    await session.endSession();
  });
});

describe('kinds of error', () => {
  it('tells duplicates, conflicts and outages apart', async () => {
    const duplicate = await asTenant('a', () => rows().insertOne({ ...key, n: 1 })).catch((error: unknown) => error);
    expect([isDuplicateKey(duplicate), isConflict(duplicate), isOutage(duplicate)]).toEqual([true, false, false]);
    const bulk = () => rows().insertMany([{ ...key, n: 1 }], { ordered: false });
    expect(isDuplicateKey(await asTenant('a', bulk).catch((error: unknown) => error))).toBe(true);
    const refusal = await rows()
      .findOne(key)
      .catch((error: unknown) => error);
    expect([isDuplicateKey(refusal), isConflict(refusal), isOutage(refusal)]).toEqual([false, false, false]);
    expect(isConflict(new Conflict())).toBe(true);
  });
});
