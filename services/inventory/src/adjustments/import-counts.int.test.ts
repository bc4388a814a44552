// Counts that the catalog sends from a file, and pages of exports: the internal routes on real servers.
import { internalToken } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';

let fixture: Fixture;
let replica: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
});
afterAll(() => fixture.close());

async function ask(path: string, body: object, token = internalToken) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await replica.app.inject({ method: 'POST', url: path, headers, payload: body });
  return { status: answer.statusCode, body: answer.json() };
}

type Count = { variantId: string; count: number; expectedOnHand?: number; location?: string };
const send = (tenantId: string, importId: string, counts: Count[]) =>
  ask('/internal/stock-counts', {
    tenantId,
    actor: 'usr_1',
    importId,
    counts: counts.map((count, n) => ({ line: n + 2, ...count })),
  });

describe('counts of a file', () => {
  it('replace what is on hand, or hold only while that is expected', async () => {
    const tenantId = await fixture.tenant({ shirt: 5, hat: 5, sock: 5 });
    const [shirt, hat, sock] = ['shirt', 'hat', 'sock'].map((name) => `${name}_${tenantId}`) as [
      string,
      string,
      string,
    ];
    const { status, body } = await send(tenantId, newId('imp'), [
      { variantId: shirt, count: 9 },
      { variantId: hat, count: 4, expectedOnHand: 5, location: 'MAIN' },
      { variantId: sock, count: 7, expectedOnHand: 6 },
      { variantId: 'var_of_nobody', count: 1 },
      { variantId: sock, count: 1, location: 'nowhere' },
    ]);
    expect(status).toBe(200);
    expect(body.failed.map(({ line, field, code }: Record<string, unknown>) => [line, field, code])).toEqual([
      [4, 'onHand', 'count_is_stale'],
      [5, 'variantId', 'unknown_variant'],
      [6, 'locationId', 'unknown_location'],
    ]);
    expect(body.failed[0].message).toContain('On hand are 5.');
    const levels = await Promise.all([shirt, hat, sock].map((id) => fixture.level(tenantId, id)));
    expect(levels.map(({ onHand }) => onHand)).toEqual([9, 4, 5]);
    await checkLedger(fixture, tenantId);
  });

  it('that are sent again have no further effect', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const importId = newId('imp');
    expect((await send(tenantId, importId, [{ variantId, count: 9 }])).body).toEqual({ failed: [] });
    // Somebody else counts meanwhile: what was decided before must not come back.
    expect((await send(tenantId, newId('imp'), [{ variantId, count: 3 }])).body).toEqual({ failed: [] });
    expect((await send(tenantId, importId, [{ variantId, count: 9 }])).body).toEqual({ failed: [] });
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 3 });
    await checkLedger(fixture, tenantId);
  });

  it('of many lines about one level all take effect, one after the other', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const counts = Array.from({ length: 20 }, () => ({ variantId, count: 8 }));
    expect((await send(tenantId, newId('imp'), counts)).body).toEqual({ failed: [] });
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 8 });
    await checkLedger(fixture, tenantId);
  });

  it("of another tenant's variant find nothing", async () => {
    const other = await fixture.tenant({ shirt: 5 });
    const tenantId = await fixture.tenant({ hat: 5 });
    const { body } = await send(tenantId, newId('imp'), [{ variantId: `shirt_${other}`, count: 1 }]);
    expect(body.failed).toMatchObject([{ code: 'unknown_variant' }]);
    expect(await fixture.level(other, `shirt_${other}`)).toMatchObject({ onHand: 5 });
  });
});

describe('pages of an export', () => {
  it('have every level and movement of the tenant once', async () => {
    const names = Array.from({ length: 7 }, (_, n) => `v${n}`);
    const tenantId = await fixture.tenant(Object.fromEntries(names.map((name) => [name, 5])));
    for (const [path, idOf] of [
      ['/internal/exports/stock', (row: Record<string, string>) => row.variantId],
      ['/internal/exports/movements', (row: Record<string, string>) => row.id],
    ] as const) {
      const seen: unknown[] = [];
      for (let after: unknown; ; ) {
        const page = { tenantId, limit: 3, filter: {}, ...(after === undefined ? {} : { after }) };
        const { status, body } = await ask(path, page);
        expect(status).toBe(200);
        for (const row of body.rows) expect(row.sku).toBe(`SKU-${row.variantId}`);
        seen.push(...body.rows.map(idOf));
        if (body.next === null) break;
        after = body.next;
      }
      expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
    }
  });

  it('have the movements of a kind, also by what merchants call it', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    await send(tenantId, newId('imp'), [{ variantId: `shirt_${tenantId}`, count: 9 }]);
    for (const [kind, deltas] of [
      ['PURCHASE', [5]],
      ['ADJUSTMENT', [4]],
      ['count', [4]],
      ['SALE', []],
      ['RETURN', []],
    ]) {
      const { body } = await ask('/internal/exports/movements', { tenantId, limit: 3, filter: { kind } });
      const found = body.rows.map(({ onHandDelta }: { onHandDelta: number }) => onHandDelta);
      expect([kind, found]).toEqual([kind, deltas]);
    }
  });

  it('are for services only, and for whole questions', async () => {
    const tenantId = await fixture.tenant();
    const page = { tenantId, limit: 3, filter: {} };
    expect((await ask('/internal/exports/stock', page, 'wrong')).status).toBe(401);
    for (const wrong of [
      { ...page, limit: 5_000 },
      { ...page, tenantId: 'x' },
      { ...page, filter: { $where: 1 } },
    ]) {
      expect((await ask('/internal/exports/stock', wrong)).status).toBe(400);
    }
  });
});
