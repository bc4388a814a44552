// The sweep over orders in memory: how far one pass gets past orders that cannot be handled.
import { createManualClock } from '@holdfast/shared/testing';
import { silentLog } from '@holdfast/shared/values';
import { expect, it } from 'vitest';
import { sweepPageCountMax, sweepRowCountMax } from '../limits.ts';
import type { ChangeOrder } from './change-order.ts';
import { sweepDueOrders } from './sweep-due-orders.job.ts';

/** A pass over so many broken orders and one behind them; answers how many calls it made, and what it handled. */
async function sweep(brokenCount: number, error: () => Error) {
  const keys = Array.from({ length: brokenCount + 1 }, (_, n) => ({ tenantId: `t${n}`, id: `ord_${n}` }));
  const handled: string[] = [];
  let [pages, failed, tries] = [0, 0, 0];
  const changeOrder: ChangeOrder = async ({ id }) => {
    tries += 1;
    if (id !== keys.at(-1)!.id) throw error();
    handled.push(id);
    return { order: {} as never, event: undefined, replayed: false };
  };
  const listDue = async (_now: Date, limit: number, skip: number) => {
    pages += 1;
    return keys.slice(skip, skip + limit);
  };
  const metrics = {
    count() {
      failed += 1;
    },
  };
  const pass = sweepDueOrders({ store: { listDue }, changeOrder, clock: createManualClock(), log: silentLog, metrics });
  const reason = await pass.then(
    () => undefined,
    (thrown: Error) => thrown.message,
  );
  return { pages, tries, failed, handled: handled.length, reason };
}

it('goes on behind a page of broken orders, each of which it tries once', async () => {
  const count = 2 * sweepRowCountMax;
  expect(await sweep(count, () => new Error('broken'))).toEqual({
    pages: 3,
    tries: count + 1,
    failed: count,
    handled: 1,
    reason: undefined,
  });
});

it('is bounded', async () => {
  const count = sweepPageCountMax * sweepRowCountMax;
  expect(await sweep(count, () => new Error('broken'))).toMatchObject({ pages: sweepPageCountMax, failed: count });
});

it('ends with the first outage, which every other order would meet too', async () => {
  const outage = () => Object.assign(new Error('no server'), { name: 'MongoNetworkError' });
  expect(await sweep(3, outage)).toEqual({ pages: 1, tries: 1, failed: 0, handled: 0, reason: 'no server' });
});
