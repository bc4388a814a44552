// The ledger on a real MongoDB: a number is given once, whoever writes.
import { asTenant, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, type MovementRow, openFixture } from '../inventory.fixture.ts';
import type { Movement } from './movement.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const movement = (tenantId: string, sequence: number, variantId = 'var_1'): Movement => ({
  id: newId('mov'),
  tenantId,
  variantId,
  locationId: 'loc_1',
  kind: 'adjustment',
  sequence,
  onHandDelta: 1,
  reservedDelta: 0,
  onHandAfter: sequence,
  reservedAfter: 0,
  reason: 'found',
  actor: 'usr_1',
  reference: { type: 'adjustment', id: 'adj_1' },
  createdAt: new Date(),
});
const insert = (tenantId: string, ...movements: Movement[]) =>
  asTenant(tenantId, () =>
    inTransaction(fixture.database, (session) => fixture.stores.movements.insert(movements, session)),
  );

it('a second movement with the number of a first is refused', async () => {
  const [tenantId, other] = [newId('ten'), newId('ten')];
  await insert(tenantId, movement(tenantId, 1), movement(tenantId, 2));
  const refusal = await insert(tenantId, movement(tenantId, 2)).catch((error: unknown) => error);
  expect(isDuplicateKey(refusal)).toBe(true);
  // The numbers of another level, and of another tenant, are their own.
  await insert(tenantId, movement(tenantId, 3), movement(tenantId, 2, 'var_2'));
  await insert(other, movement(other, 2));
  const rows = await fixture.rows<MovementRow>('movements', tenantId);
  expect(rows.map(({ variantId, sequence }) => `${variantId} ${sequence}`).sort()).toEqual([
    'var_1 1',
    'var_1 2',
    'var_1 3',
    'var_2 2',
  ]);
});
