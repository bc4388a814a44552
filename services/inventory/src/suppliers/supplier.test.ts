import { describe, expect, it } from 'vitest';
import { archiveSupplier, newSupplier, patchSupplier } from './supplier.ts';
import { putItem, type SupplierItem } from './supplier-item.ts';

const at = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-01-02T00:00:00Z');
const supplier = newSupplier({
  id: 'sup_1',
  tenantId: 'ten_1',
  name: 'Wool Ltd',
  email: 'a@wool.example',
  currency: 'EUR',
  createdAt: at,
  creation: null,
});

describe('a patch of a supplier', () => {
  it('sets, removes and keeps', () => {
    const after = patchSupplier(supplier, { name: 'Wool', email: null, leadTimeDays: 3 }, later);
    expect(after).toEqual({
      ...supplier,
      name: 'Wool',
      email: undefined,
      leadTimeDays: 3,
      version: 2,
      updatedAt: later,
    });
  });
  it('that changes nothing is no change, a null for what is not there too', () => {
    expect(patchSupplier(supplier, { name: 'Wool Ltd', phone: null }, later)).toBeUndefined();
  });
  it('restores what was archived', () => {
    const archived = archiveSupplier(supplier, later)!;
    expect(archived).toMatchObject({ status: 'archived', version: 2 });
    expect(archiveSupplier(archived, later)).toBeUndefined();
    expect(patchSupplier(archived, { status: 'active' }, later)).toMatchObject({ status: 'active', version: 3 });
  });
});

describe('an item', () => {
  const cost = { amount: 900, currency: 'EUR' };
  const put = (before: SupplierItem | undefined, facts: object) =>
    putItem(before, { unitCost: cost, ...facts }, { supplier, variantId: 'var_1', now: later });
  it('has its supplier and variant in its id, packs of one and no least quantity', () => {
    const item = put(undefined, {})!;
    expect(item).toMatchObject({ packSize: 1, minimumQuantity: 1, version: 1 });
    expect(put(item, {})).toBeUndefined();
    expect(put(item, { packSize: 10 })).toMatchObject({ id: item.id, packSize: 10, version: 2 });
    expect(put({ ...item, supplierSku: 'X' }, {})).toMatchObject({ supplierSku: undefined, version: 2 });
  });
  it('costs in the currency of its supplier', () => {
    expect(() => put(undefined, { unitCost: { amount: 1, currency: 'USD' } })).toThrow(/EUR/);
  });
});
