// What happens to products and their variants: does it, refuses it, does nothing twice.
import { catalogApi } from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { archiveVariant, followProduct, patchVariant, variantCreatedEvent } from '../variants/variant.ts';
import {
  admitVariant,
  archiveProduct,
  draftProduct,
  type ProductPatch,
  patchProduct,
  productCreatedEvent,
} from './product.ts';

const now = new Date('2026-01-02T03:04:05.000Z');
const stamp: Stamp = { now, newEventId: () => 'evt_1', cause: { correlationId: 'req_1' } };
const price = { amount: 2900, currency: 'EUR' };
const cost = { amount: 777_001, currency: 'EUR' };

function drafted(fields: Record<string, unknown> = {}) {
  const body = catalogApi.createProduct.body.parse({
    name: 'Wool cap',
    metadata: { origin: 'PT', rank: 3 },
    variants: [{ sku: 'CAP-1', price, cost, initialStock: 7, reorderLevel: 2 }],
    ...fields,
  });
  return draftProduct(body, {
    productId: 'prd_1',
    tenantId: 'ten_1',
    createdAt: now,
    createdBy: 'usr_1',
    category: null,
    variantId: (position) => `var_${position}`,
  });
}

describe('a new product', () => {
  it('is for sale with its variants, and its events never carry the cost', () => {
    const { product, variants } = drafted();
    expect(variants[0]).toMatchObject({ id: 'var_0', forSale: true, version: 1, cost, productName: 'Wool cap' });
    const event = variantCreatedEvent(variants[0]!, stamp);
    expect(event).toMatchObject({
      type: 'com.holdfast.variant.created.v1',
      subject: 'var_0',
      aggregateversion: 1,
      correlationid: 'req_1',
      data: { sku: 'CAP-1', forSale: true, initialStock: 7, reorderLevel: 2, price, createdBy: 'usr_1' },
    });
    expect(JSON.stringify([event, productCreatedEvent(product, stamp)])).not.toContain('777001');
  });

  it('as a draft is not for sale', () => {
    expect(drafted({ status: 'draft' }).variants[0]!.forSale).toBe(false);
  });

  it('is the same again from the same body, ids and time', () => {
    expect(drafted()).toEqual(drafted());
  });
});

describe('patching a product', () => {
  it('raises the version and says so in one event', () => {
    const { product } = drafted();
    const change = patchProduct(product, { name: 'Warm cap', category: { id: 'cat_1', path: 'Hats' } }, stamp)!;
    expect(change.after).toMatchObject({ name: 'Warm cap', category: 'Hats', categoryId: 'cat_1', version: 2 });
    expect(change.events).toHaveLength(1);
    expect(change.events[0]).toMatchObject({
      aggregateversion: 2,
      data: { name: 'Warm cap', category: 'Hats', categoryId: 'cat_1' },
    });
  });

  it('merges metadata key by key and removes with null', () => {
    const { product } = drafted();
    expect(patchProduct(product, { metadata: { origin: null, size: 'L' } }, stamp)!.after.metadata).toEqual({
      rank: 3,
      size: 'L',
    });
    expect(patchProduct(product, { metadata: null }, stamp)!.after.metadata).toBeNull();
  });

  it('refuses more than 50 keys after the merge', () => {
    const { product } = drafted();
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, n]));
    expect(() => patchProduct(product, { metadata }, stamp)).toThrow(
      expect.objectContaining({ code: 'too_many_metadata_keys' }),
    );
  });

  it('merges options by name, each value once, and removes with null', () => {
    const { product } = drafted({
      options: { size: ['S', 'M', 'S'] },
      variants: [{ sku: 'A', price, options: { size: 'S' } }],
    });
    expect(product.options).toEqual({ size: ['S', 'M'] });
    const patched = (options: ProductPatch['options']) => patchProduct(product, { options }, stamp)?.after.options;
    expect(patched({ color: ['Red'], size: ['S', 'L'] })).toEqual({ size: ['S', 'L'], color: ['Red'] });
    expect(patched({ size: null })).toBeNull();
    expect(patched(null)).toBeNull();
    expect(patched({ size: ['S', 'M'] })).toBeUndefined();
    const many = Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`o${n}`, ['x']]));
    expect(() => patched(many)).toThrow(expect.objectContaining({ code: 'too_many_options' }));
  });

  it('does nothing when nothing changes, and refuses an archived product', () => {
    const { product } = drafted();
    expect(patchProduct(product, { name: 'Wool cap' }, stamp)).toBeUndefined();
    const archived = archiveProduct(product, stamp)!.after;
    expect(() => patchProduct(archived, { name: 'x' }, stamp)).toThrow(expect.objectContaining({ code: 'archived' }));
    expect(archiveProduct(archived, stamp)).toBeUndefined();
  });

  it('admits at most 100 variants', () => {
    const { product } = drafted();
    expect(admitVariant({ ...product, variantCount: 99 }, stamp).after.variantCount).toBe(100);
    expect(() => admitVariant({ ...product, variantCount: 100 }, stamp)).toThrow(
      expect.objectContaining({ code: 'too_many_variants' }),
    );
  });
});

describe('a variant', () => {
  const facts = { product: drafted().product, stamp };

  it('follows its product by name and status', () => {
    const { product, variants } = drafted();
    const renamed = patchProduct(product, { name: 'Warm cap', status: 'draft' }, stamp)!.after;
    const change = followProduct(variants[0]!, renamed, stamp)!;
    expect(change.after).toMatchObject({ productName: 'Warm cap', forSale: false, version: 2, status: 'active' });
    expect(change.events[0]).toMatchObject({
      type: 'com.holdfast.variant.updated.v1',
      data: { productName: 'Warm cap', forSale: false },
    });
    expect(followProduct(variants[0]!, { ...product, id: 'prd_1' }, stamp)).toBeUndefined();
  });

  it('is archived once, then refuses patches and ignores its product', () => {
    const variant = drafted().variants[0]!;
    const archived = archiveVariant(variant, facts)!.after;
    expect(archived).toMatchObject({ status: 'archived', forSale: false, version: 2 });
    expect(archiveVariant(archived, facts)).toBeUndefined();
    expect(followProduct(archived, { ...drafted().product, name: 'x' }, stamp)).toBeUndefined();
    expect(() => patchVariant(archived, { barcode: '1' }, facts)).toThrow(
      expect.objectContaining({ code: 'archived' }),
    );
  });

  it('lets only its SKU be changed once it is archived', () => {
    const archived = archiveVariant(drafted().variants[0]!, facts)!.after;
    const renamed = patchVariant(archived, { sku: 'Cap-OLD' }, facts)!;
    expect(renamed.after).toMatchObject({ sku: 'Cap-OLD', skuKey: 'cap-old', status: 'archived', version: 3 });
    expect(renamed.events[0]).toMatchObject({ data: { sku: 'Cap-OLD', forSale: false } });
    for (const patch of [{}, { sku: 'X', barcode: '1' }])
      expect(() => patchVariant(archived, patch, facts)).toThrow(expect.objectContaining({ code: 'archived' }));
  });

  it('is restored beside a product that is not archived, alone or with it', () => {
    const { product, variants } = drafted();
    const alone = archiveVariant(variants[0]!, { stamp })!.after;
    expect(followProduct(alone, product, stamp)).toBeUndefined();
    const back = patchVariant(alone, { status: 'active', sku: 'CAP-BACK' }, facts)!;
    expect(back.after).toMatchObject({
      status: 'active',
      sku: 'CAP-BACK',
      skuKey: 'cap-back',
      forSale: true,
      version: 3,
    });
    expect(back.events[0]).toMatchObject({ data: { forSale: true } });
    const withIt = archiveVariant(variants[0]!, { stamp, withProduct: true })!.after;
    const { after } = followProduct(withIt, { ...product, status: 'draft', name: 'Warm cap' }, stamp)!;
    expect(after).toMatchObject({ status: 'active', productName: 'Warm cap', forSale: false });
    expect(after.archivedWithProduct).toBeUndefined();
    const archivedProduct = { ...product, status: 'archived' as const };
    expect(() => patchVariant(alone, { status: 'active' }, { stamp, product: archivedProduct })).toThrow(
      expect.objectContaining({ code: 'archived' }),
    );
  });

  it('a patch changes the price, drops what is null, and publishes no cost', () => {
    const variant = drafted().variants[0]!;
    const change = patchVariant(variant, { price: { amount: 1, currency: 'EUR' }, cost: null }, facts)!;
    expect(change.after).toMatchObject({ price: { amount: 1 }, cost: null, version: 2 });
    const secret = patchVariant(variant, { cost: { amount: 424_242, currency: 'EUR' } }, facts)!;
    expect(JSON.stringify(secret.events)).not.toContain('424242');
    expect(patchVariant(variant, { price }, facts)).toBeUndefined();
  });
});
