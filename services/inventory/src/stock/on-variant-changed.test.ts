// A variant's change in the catalog, as its stock item follows it.
import { type EventOf, makeEvent, variantUpdated } from '@holdfast/shared/contracts';
import { stampNow } from '@holdfast/shared/values';
import { expect, it } from 'vitest';
import { onVariantChanged } from './on-variant-changed.ts';

const price = { amount: 100, currency: 'EUR' };
const data = {
  variantId: 'var_1',
  productId: 'prd_1',
  productName: 'Cap',
  sku: 'A',
  options: {},
  price,
  forSale: true,
};
const changed = (fields: object) =>
  makeEvent(variantUpdated, { tenantId: 'ten_1', id: 'var_1', version: 2 }, stampNow({ now: () => new Date(0) }), {
    ...data,
    ...fields,
  }) as EventOf<typeof variantUpdated>;

it('takes a reorder level that the change sets, also none', () => {
  expect(onVariantChanged(changed({ reorderLevel: 0 }))).toMatchObject({ catalogVersion: 2, reorderLevel: 0 });
});

it('leaves it as inventory has it otherwise', () => {
  expect(onVariantChanged(changed({}))).not.toHaveProperty('reorderLevel');
});
