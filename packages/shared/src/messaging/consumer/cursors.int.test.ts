// Cursors on a real MongoDB: who may move one, from where, and what happens to the effects of a step that may not.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asSystem, type Database } from '../../persistence/index.ts';
import { systemClock, systemRandom } from '../../values/index.ts';
import { newAddress, openFixtureDatabase } from './consumer.fixture.ts';
import { openCursorStore } from './cursors.ts';
import { consumerLimits } from './limits.ts';
import { type CursorMove, type CursorStore, Fenced, type Session } from './ports.ts';

let database: Database;
let owner: CursorStore;
let epoch: number;
const stores: CursorStore[] = [];
const partition = 3;

beforeAll(async () => {
  database = await openFixtureDatabase(newAddress());
});
beforeEach(async () => {
  owner = await openStore();
  epoch = (await owner.takeOver([partition])).get(partition)!.epoch;
  await asSystem('fixture', () => database.db.collection('cursors').updateMany({}, { $set: { lastId: '0-0' } }));
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database?.close();
});

async function openStore(): Promise<CursorStore> {
  const limits = { transactionMs: consumerLimits.transactionMs, clock: systemClock, random: systemRandom };
  const names = { database, service: 'fixture', generation: 'g', domains: ['orders'] };
  const store = await openCursorStore({ ...names, ...limits, mode: 'transaction' });
  stores.push(store);
  return store;
}

const move = (from: string, to: string): CursorMove => ({ domain: 'orders', partition, epoch, from, to, source: 's' });
const apply = (moves: CursorMove[], effects?: (session?: Session) => Promise<void>) =>
  owner.apply({ tenantIds: new Set(['ten_a']), letters: [], moves, effects });
const cursor = async () => (await owner.claims([partition])).get(partition)!.cursors.get('orders')!.lastId;

describe('a cursor', () => {
  it('moves only from where it was left', async () => {
    await apply([move('0-0', '5-0')]);
    await apply([move('5-0', '7-0')]);
    // The first step once more, as a request that arrives late.
    await expect(apply([move('0-0', '5-0')])).rejects.toThrow(Fenced);
    expect(await cursor()).toBe('7-0');
  });

  it('is not moved by an owner that was taken over', async () => {
    const heir = await openStore();
    const claim = (await heir.takeOver([partition])).get(partition)!;
    expect(claim.epoch).toBeGreaterThan(epoch);
    await expect(apply([move('0-0', '5-0')])).rejects.toThrow(Fenced);
    expect(await cursor()).toBe('0-0');
  });

  it('that is not moved takes the effects of its step with it', async () => {
    const tallies = database.db.collection<{ _id: string; tenantId: string }>('tallies');
    const effects = async (session?: Session) => {
      await tallies.insertOne({ _id: 'ten_a', tenantId: 'ten_a' }, session ? { session } : {});
    };
    await expect(apply([move('4-0', '5-0')], effects)).rejects.toThrow(Fenced);
    const left = await asSystem('fixture', () => tallies.find({ _id: 'ten_a' }).toArray());
    expect(left).toEqual([]);
    await apply([move('0-0', '5-0')], effects);
    expect(await cursor()).toBe('5-0');
  });
});
