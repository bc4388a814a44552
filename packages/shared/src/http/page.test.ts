// A list in pages: continues where the page before ended, and only for whom the cursor was made.
import { afterEach, describe, expect, it } from 'vitest';
import { listThings, type TestApp, testApp } from './app.fixture.ts';
import { pageBytesMax, pageFirstReadMax } from './limits.ts';
import { type Page, registerList } from './page.ts';

let opened: TestApp | undefined;
afterEach(async () => {
  await opened?.app.close();
});

/** A list of things 1 to `count`, each with an id of so many characters, and what was read of it. */
async function listOf(count: number, idLength = 0) {
  opened = await testApp();
  const { app, tokens } = opened;
  const read: Page[] = [];
  registerList(app, listThings, {
    async list(_input, page) {
      read.push(page);
      const after = Number(page.after?.sort ?? 0);
      return Array.from({ length: count - after }, (_, index) => after + index + 1).slice(0, page.limit);
    },
    toResponse: (thing, { tenantId }) => ({ id: `${tenantId}-${thing}`.padEnd(idLength, '.') }),
    placeOf: (thing) => ({ sort: thing, id: `x${thing}` }),
  });
  const list = async (query: string, tenantId = 'ten_a') =>
    app.inject({ url: `/v1/things${query}`, headers: await tokens.bearer({ tenantId }) });
  return { list, read };
}

describe('a row that cannot be shown', () => {
  async function listWith(rows: Record<number, () => object>) {
    opened = await testApp();
    const { app, tokens, logged } = opened;
    registerList(app, listThings, {
      list: async () => [1, 2, 3, 4],
      toResponse: (thing) => (rows[thing]?.() ?? { id: `t${thing}`, secret: 'of the store' }) as { id: string },
      placeOf: (thing) => ({ sort: thing, id: `x${thing}` }),
    });
    const answer = await app.inject({ url: '/v1/things?limit=3', headers: await tokens.bearer() });
    return { answer, logged };
  }

  it('is left out and logged with its id; the others and the next page are there', async () => {
    const { answer, logged } = await listWith({
      1: () => ({ id: 5 }),
      3: () => {
        throw new TypeError('the row has no date');
      },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ data: [{ id: 't2' }], nextCursor: expect.any(String) });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const lines = logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
    expect(lines.map(({ id, operationId }) => [operationId, id])).toEqual([
      ['listThings', 'x1'],
      ['listThings', 'x3'],
    ]);
    expect(lines[0].correlationId).toBe(answer.headers['x-request-id']);
  });

  it('is what a contract says of it: the rest is cut off', async () => {
    const { answer } = await listWith({});
    expect(answer.json().data).toEqual([{ id: 't1' }, { id: 't2' }, { id: 't3' }]);
  });
});

describe('pages', () => {
  it('continue where the page before ended', async () => {
    const { list, read } = await listOf(5);
    const first = await list('?kind=a&limit=3');
    const { data, nextCursor } = first.json();
    expect(data).toEqual([{ id: 'ten_a-1' }, { id: 'ten_a-2' }, { id: 'ten_a-3' }]);
    expect(first.headers.link).toBe(`</v1/things?kind=a&limit=3&cursor=${nextCursor}>; rel="next"`);
    const second = await list(`?kind=a&limit=50&cursor=${nextCursor}`);
    expect(second.json()).toEqual({ data: [{ id: 'ten_a-4' }, { id: 'ten_a-5' }], nextCursor: null });
    expect(second.headers.link).toBeUndefined();
    expect(read).toEqual([
      { limit: 4, after: undefined },
      { limit: pageFirstReadMax, after: { sort: 3, id: 'x3' } },
    ]);
  });

  it('end with the list: a full last page and an empty list have no next one', async () => {
    expect((await (await listOf(3)).list('?limit=3')).json().nextCursor).toBeNull();
    await opened?.app.close();
    expect((await (await listOf(0)).list('')).json()).toEqual({ data: [], nextCursor: null });
  });

  it('have no more bytes than a page may have, and the next one goes on behind them', async () => {
    const { list, read } = await listOf(60, 99_000);
    const lengths: number[] = [];
    const seen: number[] = [];
    for (let cursor = ''; ; ) {
      const answer = await list(`?limit=100${cursor}`);
      const { data, nextCursor } = answer.json() as { data: { id: string }[]; nextCursor: string | null };
      expect(answer.body.length).toBeLessThan(pageBytesMax + 1_000);
      lengths.push(data.length);
      seen.push(...data.map(({ id }) => Number(/-(\d+)/.exec(id)![1])));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(lengths).toEqual([10, 10, 10, 10, 10, 10]);
    expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    // What is read in vain is bounded too.
    expect(read.every(({ limit }) => limit <= pageFirstReadMax)).toBe(true);
  });

  it('are read on as far as they may be filled, by the size of what was read', async () => {
    const small = await listOf(200);
    expect((await small.list('?limit=100')).json().data).toHaveLength(100);
    expect(small.read.map(({ limit }) => limit)).toEqual([pageFirstReadMax, 101 - pageFirstReadMax]);
    await opened?.app.close();
    const middle = await listOf(200, 20_000);
    expect((await middle.list('?limit=100')).json().data).toHaveLength(49);
    expect(middle.read.map(({ limit }) => limit)).toEqual([pageFirstReadMax, 24]);
  });

  it('have one item at least, however large it is', async () => {
    const { list } = await listOf(3, pageBytesMax + 1);
    const { data, nextCursor } = (await list('')).json();
    expect([data.length, typeof nextCursor]).toEqual([1, 'string']);
  });

  it('tell nothing of where they end: that item may be one that the reader must not see', async () => {
    const { list, read } = await listOf(100);
    const { nextCursor } = (await list('?kind=a')).json();
    expect(Buffer.from(nextCursor, 'base64url').toString('latin1')).not.toContain('x20');
    expect((await list('?kind=a')).json().nextCursor).toBe(nextCursor);
    await list(`?kind=a&cursor=${nextCursor}`);
    expect(read.at(-1)!.after).toEqual({ sort: 20, id: 'x20' });
  });

  it('refuse a cursor of another tenant, of other filters, or of nobody', async () => {
    const { list } = await listOf(100);
    const { nextCursor } = (await list('?kind=a')).json();
    const flipped = (place: number) => {
      const bytes = Buffer.from(nextCursor, 'base64url');
      bytes[place]! ^= 1;
      return bytes.toString('base64url');
    };
    const last = Buffer.from(nextCursor, 'base64url').length - 1;
    const forged = [flipped(0), flipped(20), flipped(last), `${nextCursor}A`, nextCursor.slice(4), 'x'];
    for (const query of [`?kind=b&cursor=${nextCursor}`, `?cursor=${nextCursor}`]) {
      expect((await list(query)).json().code).toBe('invalid_cursor');
    }
    for (const cursor of forged) expect((await list(`?kind=a&cursor=${cursor}`)).json().code).toBe('invalid_cursor');
    expect((await list(`?kind=a&cursor=${nextCursor}`, 'ten_b')).json().code).toBe('invalid_cursor');
  });

  it.each([
    '?limit=0',
    '?limit=101',
    '?limit=1.5',
    '?limit=',
    '?limit=1&limit=2',
    '?kind[$ne]=1',
    '?__proto__=1',
    '?unknown=1',
  ])('refuse %s', async (query) => {
    const { list } = await listOf(1);
    expect((await list(query)).json().code).toBe('validation_failed');
  });

  it.each(['0', '101', '1.5', 'all'])('say how many items a page may have, when ?limit=%s', async (limit) => {
    const { list } = await listOf(1);
    const [{ message }] = (await list(`?limit=${limit}`)).json().errors;
    expect(message).toBe('is not a whole number from 1 to 100 in decimal digits');
  });
});
