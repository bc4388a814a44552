// Support for tests of races: many orders in one database, and two commands on each at the same moment, from two
// processes that know nothing of each other.
import { asTenant } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import { confirmed } from './order-in-memory.fixture.ts';
import { type ChangeOrder, createOrderChanges } from './orders/change-order.ts';
import { toDocument } from './orders/order.store.ts';
import type { Order } from './orders/order.ts';
import { elsewhere, type Fixture } from './orders.fixture.ts';

/** How often each race is run. */
const raceCount = 1_000;
const atOnce = 100;
/** Some 5 to 10 s on a machine with nothing else to do. */
export const raceTimeoutMs = 180_000;

type Racer = (order: Order, process: { changeOrder: ChangeOrder }) => Promise<unknown>;
/** What each of two got, `done` or the code of its error; how the order was before, and how it is after both. */
export type Race = { outcomes: [string, string]; before: Order; after: Order };

/** Runs both commands on each of as many new orders, which are made of a confirmed one. */
export async function race(
  { deps, tenantId }: Pick<Fixture, 'deps' | 'tenantId'>,
  make: (order: Order) => Order,
  racers: readonly [Racer, Racer],
): Promise<Race[]> {
  const { store } = deps.orders;
  const processes = racers.map(() => createOrderChanges({ ...deps.orders, memory: elsewhere }));
  const orders = Array.from({ length: raceCount }, () => make(confirmed({ id: newId('ord'), tenantId })));
  const documents = orders.map((order) => toDocument(order, []));
  await asTenant(tenantId, () => store.insert(documents));
  const races: Race[] = [];
  for (let from = 0; from < raceCount; from += atOnce) {
    const page = orders.slice(from, from + atOnce);
    const run = async (before: Order, place: number): Promise<Race> => {
      // Each of both starts first in half of the races.
      const order = place % 2 === 0 ? [0, 1] : [1, 0];
      const ends: Promise<string>[] = [];
      for (const n of order) ends[n] = settle(racers[n]!(before, processes[n]!));
      const [one, other] = await Promise.all(ends);
      const after = (await store.read(tenantId, before.id))!;
      return { outcomes: [one!, other!], before, after };
    };
    races.push(...(await asTenant(tenantId, () => Promise.all(page.map(run)))));
  }
  return races;
}

async function settle(running: Promise<unknown>): Promise<string> {
  try {
    await running;
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** How many races had each pair of outcomes. */
export function tally(races: readonly Race[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcomes } of races) counts[outcomes.join(' ')] = (counts[outcomes.join(' ')] ?? 0) + 1;
  return counts;
}
