// Reading orders on real servers.
import { randomUUID } from 'node:crypto';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import { afterAll, describe, expect, it } from 'vitest';
import { openFixture } from '../orders.fixture.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps, tenantId, line, send, place } = fixture;

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

  it('examines no more documents than it returns', async () => {
    for (let n = 0; n < 4; n++) await place();
    const orders = deps.database.db.collection('orders');
    for (const filter of [{ tenantId }, { tenantId, status: 'PENDING' }, { tenantId, customerId: 'usr_a' }]) {
      const plan = await asTenant(tenantId, () =>
        orders.find(filter).sort({ sortKey: -1 }).limit(3).explain('executionStats'),
      );
      expect(plan.executionStats.totalDocsExamined).toBeLessThanOrEqual(3);
      expect(JSON.stringify(plan.queryPlanner.winningPlan)).not.toMatch(/COLLSCAN|"SORT"/);
    }
    const due = await asSystem('sweep', () =>
      orders.find({ dueAt: { $type: 'date', $lte: new Date(0) } }).explain('executionStats'),
    );
    expect(JSON.stringify(due.queryPlanner.winningPlan)).not.toContain('COLLSCAN');
  });
});
