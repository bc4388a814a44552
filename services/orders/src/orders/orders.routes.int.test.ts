// Reading orders on real servers.
import { randomUUID } from 'node:crypto';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { until } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, describe, expect, it } from 'vitest';
import { readsWaitingPerTenantMax, requestsWaitingPerTenantMax } from '../limits.ts';
import { type Answer, openFixture } from '../orders.fixture.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps, tenantId, line, send, place, deliver, outcome } = fixture;

describe('reading', () => {
  it('pages through own orders, newest first, and no others', async () => {
    const userId = newId('usr');
    const ids: string[] = [];
    for (let n = 0; n < 5; n++)
      ids.unshift(
        (await send('POST', '/v1/orders', { body: line(), key: randomUUID(), prefer: 'respond-async', userId })).body
          .id,
      );
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await send('GET', `/v1/orders?limit=2${cursor}`, { userId });
      seen.push(...(body.data as { id: string }[]).map((order) => order.id));
      cursor = body.nextCursor ? `&cursor=${encodeURIComponent(String(body.nextCursor))}` : '';
    } while (cursor !== '');
    expect(seen).toEqual(ids);
  });

  it('of what is due scans no collection', async () => {
    const orders = deps.database.db.collection('orders');
    const due = await asSystem('sweep', () =>
      orders.find({ dueAt: { $type: 'date', $lte: new Date(0) } }).explain('executionStats'),
    );
    expect(JSON.stringify(due.queryPlanner.winningPlan)).not.toContain('COLLSCAN');
  });
});

describe('waiting', () => {
  const read = (id: string) => send('GET', `/v1/orders/${id}`, { prefer: 'wait=20' });
  const waiting = () => deps.orders.memory.waiters.count;

  it('reads that are too many are answered at once, and placements wait all the same', async () => {
    const { body: order } = await place();
    const answered: Answer[] = [];
    const reads = Array.from({ length: readsWaitingPerTenantMax + 20 }, () =>
      read(order.id).then((answer) => answered.push(answer)),
    );
    await until(() => answered.length === 20, { what: 'reads beyond the budget are answered' });
    expect(waiting()).toBe(readsWaitingPerTenantMax);
    for (const { status, body, headers } of answered)
      expect([status, body.status, headers['preference-applied']]).toEqual([200, 'PENDING', undefined]);
    const placing = place(randomUUID(), 'wait=20');
    await until(() => waiting() === readsWaitingPerTenantMax + 1, { what: 'a placement waits' });
    const newest = () => asTenant(tenantId, () => deps.orders.store.list({}, { limit: 1, after: undefined }));
    const placed = await until(async () => (await newest()).find(({ id }) => id !== order.id), {
      what: 'the order is placed',
    });
    await deliver(outcome('held', order.id), outcome('held', placed.id));
    await Promise.all(reads);
    expect(await placing).toMatchObject({ status: 201, headers: { 'preference-applied': 'wait=20' } });
    const woken = answered.slice(20);
    expect(woken).toHaveLength(readsWaitingPerTenantMax);
    for (const { body, headers } of woken)
      expect([body.status, headers['preference-applied']]).toEqual(['CONFIRMED', 'wait=20']);
    expect(waiting()).toBe(0);
  });

  it('placements that are too many are answered 202 at once', async () => {
    const leaves = Array.from({ length: requestsWaitingPerTenantMax }, () =>
      deps.orders.memory.waiters.register({ orderId: 'ord_other', tenantId, kind: 'placement' }),
    );
    const answer = await place(randomUUID(), 'wait=20');
    expect([answer.status, answer.headers['preference-applied']]).toEqual([202, undefined]);
    for (const waiter of leaves) waiter!.close();
  });

  it('ends when the client closes its connection', async () => {
    const { body: order } = await place();
    const url = await fixture.app.listen({ host: '127.0.0.1', port: 0 });
    const headers = { ...(await fixture.headers('usr_a')), prefer: 'wait=20' };
    const client = new AbortController();
    const reading = fetch(`${url}/v1/orders/${order.id}`, { headers, signal: client.signal });
    await until(() => waiting() === 1, { what: 'the read waits' });
    client.abort();
    await expect(reading).rejects.toThrow();
    await until(() => waiting() === 0, { what: 'nobody waits any more' });
  });
});

it('tells the other services, and nobody else, whether a business has orders', async () => {
  const ask = (id: string, token = deps.config.INTERNAL_TOKEN) => fixture.as(token).get(`/internal/tenants/${id}`);
  await place();
  expect((await ask(tenantId)).body).toEqual({ hasOrders: true });
  expect((await ask(newId('ten'))).body).toEqual({ hasOrders: false });
  expect((await ask('ten_..')).status).toBe(404);
  expect((await ask(tenantId, 'another')).status).toBe(401);
});
