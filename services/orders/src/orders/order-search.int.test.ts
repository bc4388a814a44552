// Searching orders on a real server: what fits is found, and nothing else is looked at.
import { randomUUID } from 'node:crypto';
import { asSystem } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFixture, variantEvent } from '../orders.fixture.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps, tenantId, variantId, send, deliver, outcome } = fixture;
const other = newId('var');
const staff = { role: 'STAFF', userId: 'usr_s' } as const;

type Found = { id: string; number: string; status: string; customerId: string | null };
const search = async (query: string, who: object = staff) => {
  const { status, body } = await send('GET', `/v1/orders?${query}`, who);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data as Found[];
};
const idsOf = (found: readonly Found[]) => found.map(({ id }) => id);

/** Newest first. */
const placed: (Found & { variants: string[]; isArchived: boolean })[] = [];

beforeAll(async () => {
  await deliver(variantEvent(tenantId, other));
  for (let n = 0; n < 24; n++) {
    const variants = [[variantId], [other], [variantId, other]][n % 3]!;
    const userId = n % 2 ? 'usr_a' : 'usr_b';
    const body = { lines: variants.map((one) => ({ variantId: one, quantity: 1 })) };
    const { body: order } = await send('POST', '/v1/orders', {
      body,
      key: randomUUID(),
      prefer: 'respond-async',
      userId,
    });
    const kind = ['held', 'rejected', undefined, 'rejected'][n % 4] as 'held' | undefined;
    if (kind) await deliver(outcome(kind, order.id));
    const isArchived = n % 4 === 3;
    if (isArchived)
      expect((await send('DELETE', `/v1/orders/${order.id}`, { ...staff, role: 'SUPPORT' })).status).toBe(204);
    const status = { held: 'CONFIRMED', rejected: 'REJECTED' }[kind as string] ?? 'PENDING';
    placed.unshift({ ...(order as unknown as Found), status, variants, isArchived });
  }
}, 60_000);

const statuses = [undefined, 'CONFIRMED', 'REJECTED', 'PENDING', 'DELIVERED'];
const customers = [undefined, 'usr_a', 'usr_nobody'];
const combinations = statuses.flatMap((status) =>
  customers.flatMap((customerId) =>
    [undefined, variantId].flatMap((variant) =>
      [undefined, 'true'].map((archived) => ({ status, customerId, variantId: variant, archived })),
    ),
  ),
);
const queryOf = (filter: object) =>
  new URLSearchParams(
    Object.entries(filter).filter(([, value]) => value !== undefined) as [string, string][],
  ).toString();

type Profiled = { docsExamined?: number; nreturned?: number; hasSortStage?: boolean; planSummary?: string };
/** What MongoDB did for the finds of `work`. */
async function profiled(work: () => Promise<unknown>): Promise<Profiled[]> {
  const { db } = deps.database;
  return asSystem('profile', async () => {
    await db.command({
      profile: 2,
      filter: { ns: `${db.databaseName}.orders`, op: 'query', 'command.hint.tenantId': 1 },
    });
    const since = new Date();
    await work();
    await db.command({ profile: 0 });
    return db
      .collection<Profiled & { ts: Date }>('system.profile')
      .find({ ts: { $gte: since } })
      .toArray();
  });
}

describe('a search', () => {
  it.each(combinations.map((filter) => ({ filter, query: queryOf(filter) })))(
    'for $query finds what fits',
    async ({ filter, query }) => {
      const fits = placed.filter(
        (order) =>
          (filter.status ?? order.status) === order.status &&
          (filter.customerId ?? order.customerId) === order.customerId &&
          (filter.variantId === undefined || order.variants.includes(filter.variantId)) &&
          (filter.archived === 'true' || !order.isArchived),
      );
      expect(idsOf(await search(`limit=100&${query}`))).toEqual(fits.map(({ id }) => id));
      const pages: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = await send(
          'GET',
          `/v1/orders?limit=5&${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
          staff,
        );
        pages.push(...idsOf(body.data as Found[]));
        cursor = body.nextCursor as string | null;
      }
      expect(pages).toEqual(fits.map(({ id }) => id));
    },
  );

  it('looks at no order that it does not return, and sorts nothing', async () => {
    const queries = [...combinations.map(queryOf), `q=${encodeURIComponent(placed[3]!.number)}&status=EXPIRED`];
    const asked = await profiled(async () => {
      for (const query of queries) await search(`limit=7&${query}`);
      for (const status of statuses) await search(`limit=7&${queryOf({ status })}`, { userId: 'usr_a' });
    });
    expect(asked.length).toBeGreaterThanOrEqual(queries.length);
    const wasteful = asked.filter(
      ({ docsExamined = 0, nreturned = 0, hasSortStage, planSummary }) =>
        docsExamined > Math.max(1, nreturned) || hasSortStage === true || planSummary === 'COLLSCAN',
    );
    expect(wasteful).toEqual([]);
  });

  it('takes a number with or without its #, and finds nothing by what is none', async () => {
    const { id, number } = placed[4]!;
    expect(number).toMatch(/^#1\d{3}$/);
    for (const q of [number, number.slice(1)])
      expect(idsOf(await search(`q=${encodeURIComponent(q)}&archived=true`))).toEqual([id]);
    for (const q of ['#9999', 'cap', '1e3', '-1']) expect(await search(`q=${encodeURIComponent(q)}`)).toEqual([]);
    const [archived] = placed.filter(({ isArchived }) => isArchived);
    expect(await search(`q=${archived!.number.slice(1)}`)).toEqual([]);
    const [strange] = placed.filter(({ customerId }) => customerId === 'usr_b');
    expect(await search(`archived=true&q=${strange!.number.slice(1)}`, { userId: 'usr_a' })).toEqual([]);
  });

  it('between two times finds what was placed then', async () => {
    const [first, last] = [placed[9]!, placed[3]!] as unknown as { id: string; createdAt: string }[];
    const between = `from=${first!.createdAt}&to=${last!.createdAt}&archived=true`;
    const expected = placed.filter((_, n) => n > 3 && n <= 9);
    for (const [query, fits] of [
      ['', expected],
      [`&variantId=${variantId}`, expected.filter(({ variants }) => variants.includes(variantId))],
      [`&q=${expected[0]!.number.slice(1)}`, [expected[0]!]],
      [`&q=${placed[0]!.number.slice(1)}`, []],
    ] as const)
      expect(idsOf(await search(between + query)), query).toEqual(fits.map(({ id }) => id));
  });
});

describe('numbers of orders', () => {
  it('are given once, in the order of placing, and stay with a request that is sent again', async () => {
    const numbers = placed.map(({ number }) => Number(number.slice(1)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    expect(new Set(numbers).size).toBe(numbers.length);
    const [key, fresh] = [randomUUID(), randomUUID()];
    const first = await fixture.place(key);
    const again = await Promise.all([1, 2, 3].map(() => fixture.place(key)));
    for (const { body } of again) expect(body.number).toBe(first.body.number);
    // What the repeated ones had taken is not lost.
    expect(Number(String((await fixture.place(fresh)).body.number).slice(1))).toBe(
      Number(String(first.body.number).slice(1)) + 1,
    );
  });
});
