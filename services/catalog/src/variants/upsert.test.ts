// What rows make of what is stored: created, updated, unchanged or refused, each for itself.
import type { UpsertRow } from '@holdfast/shared/contracts';
import { stampNow } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import type { Product } from '../products/product.ts';
import { decideUpserts } from './upsert.ts';
import { chunksOf, refuseRepeated } from './upsert-rows.ts';
import { productsToRead, type UpsertState } from './upsert-state.ts';
import type { Variant } from './variant.ts';

const now = new Date('2026-01-01T00:00:00Z');
const price = { amount: 100, currency: 'EUR' };
const caller = { tenantId: 'ten_1', userId: 'usr_1' };
const empty: UpsertState = { known: new Map(), products: [], members: new Map() };
const numbered = (rows: readonly UpsertRow[]) =>
  rows.map((fields, row) => {
    const { category: path } = fields;
    return { row, fields, ...(path === undefined ? {} : { category: { id: `cat_${path}`, path } }) };
  });

function decide(rows: readonly UpsertRow[], state: UpsertState = empty) {
  let count = 0;
  return decideUpserts(numbered(rows), state, {
    caller,
    stamp: stampNow({ now: () => now }),
    newProductId: (name) => `prd_${name}`,
    newVariantId: () => `var_${++count}`,
  });
}

/** What is stored after these rows, as another chunk reads it. */
function stored(rows: readonly UpsertRow[], change: Partial<Product> = {}): UpsertState {
  const { products, variants } = decide(rows);
  const made = variants.map(({ after }) => after);
  return {
    known: new Map(made.map((variant) => [variant.skuKey, variant])),
    products: products.map(({ after }) => ({ ...after, ...change })),
    members: Map.groupBy(made, ({ productId }) => productId),
  };
}

const statuses = (rows: readonly UpsertRow[], state?: UpsertState) =>
  decide(rows, state).results.map(({ status, code }) => code ?? status);

describe('new SKUs', () => {
  it('with one name are the variants of one product, with one event each', () => {
    const { results, products, variants } = decide([
      { sku: 'A', name: 'Cap', price, category: 'caps' },
      { sku: 'B', name: 'Cap', price },
      { sku: 'C', name: 'Tee', price },
    ]);
    expect(results.map(({ status, productId }) => [status, productId])).toEqual([
      ['created', 'prd_Cap'],
      ['created', 'prd_Cap'],
      ['created', 'prd_Tee'],
    ]);
    expect(products.map(({ after, events }) => [after.variantCount, after.category, events?.length])).toEqual([
      [2, 'caps', 1],
      [1, null, 1],
    ]);
    expect(variants.map(({ after }) => after.position)).toEqual([0, 1, 0]);
  });

  it('need a name and a price; a row that fails leaves no product behind', () => {
    const { results, products } = decide([
      { sku: 'A', price },
      { sku: 'B', name: 'Cap' },
    ]);
    expect(results.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['required', '/name'],
      ['required', '/price'],
    ]);
    expect(products).toEqual([]);
  });

  it('join the oldest product of their name that is not archived', () => {
    const older = stored([{ sku: 'A', name: 'Cap', price }]).products[0]!;
    const products = [{ ...older, id: 'prd_2', createdAt: new Date(+now + 1) }, older];
    expect(decide([{ sku: 'B', name: 'Cap', price }], { ...empty, products }).results[0]!.productId).toBe('prd_Cap');
    const archived = products.map((one) => (one.id === 'prd_2' ? one : { ...one, status: 'archived' as const }));
    expect(decide([{ sku: 'B', name: 'Cap', price }], { ...empty, products: archived }).results[0]!.productId).toBe(
      'prd_2',
    );
  });

  it('are refused alone where their options are taken or not declared, or the product is full', () => {
    const rows = [
      { sku: 'A', name: 'Tee', price, options: { size: 'S' } },
      { sku: 'B', name: 'Tee', price, options: { size: 'S' } },
      { sku: 'C', name: 'Tee', price, options: { size: 'M' } },
    ];
    expect(statuses(rows)).toEqual(['created', 'combination_taken', 'created']);
    const declared = stored([rows[0]!], { options: { size: ['S', 'L'] } });
    expect(statuses([rows[2]!], { ...declared, known: new Map() })).toEqual(['undeclared_option']);
    const full = stored([rows[0]!], { variantCount: 100 });
    expect(statuses([rows[2]!], full)).toEqual(['too_many_variants']);
  });
});

describe('a known SKU', () => {
  const first: UpsertRow[] = [
    { sku: 'A', name: 'Cap', price, initialStock: 5, reorderLevel: 2, status: 'active' },
    { sku: 'B', name: 'Cap', price, options: { size: 'S' } },
  ];

  it('is unchanged by the same rows, and writes nothing', () => {
    const { results, products, variants } = decide(first, stored(first));
    expect(results.map(({ status }) => status)).toEqual(['unchanged', 'unchanged']);
    expect([products, variants]).toEqual([[], []]);
  });

  it('is unchanged by the same options in another order, and keeps the order that it has', () => {
    const rowOf = (options: Record<string, string>) => [{ sku: 'C', name: 'Tee', price, options }];
    const known = stored(rowOf({ size: 'S', color: 'red' }));
    const turned = rowOf({ color: 'red', size: 'S' });
    expect(decide(turned, known)).toMatchObject({ results: [{ status: 'unchanged' }], products: [], variants: [] });
    expect(productsToRead(numbered(turned), known)).toEqual([]);
    const { variants } = decide([{ ...turned[0]!, reorderLevel: 3 }], known);
    expect(Object.keys(variants[0]!.after.options)).toEqual(['size', 'color']);
    expect(statuses(rowOf({ color: 'blue', size: 'S' }), known)).toEqual(['updated']);
  });

  it('takes what is given, whatever the case of its SKU, and keeps the rest', () => {
    const cheaper = { amount: 50, currency: 'EUR' };
    const { results, products, variants } = decide([{ sku: 'a', price: cheaper, reorderLevel: 9 }], stored(first));
    expect(results[0]).toMatchObject({ status: 'updated', variantId: 'var_1' });
    expect(variants[0]!.after).toMatchObject({
      sku: 'A',
      price: cheaper,
      reorderLevel: 9,
      initialStock: 5,
      version: 2,
    });
    expect(variants[0]!.events![0]!.data).toMatchObject({ reorderLevel: 9 });
    expect(products).toHaveLength(1);
    expect(products[0]!.after.version).toBe(2);
  });

  it('does not tell a reorder level that no row sets', () => {
    const { variants } = decide([{ sku: 'A', barcode: '123' }], stored(first));
    expect(variants[0]!.events![0]!.data).not.toHaveProperty('reorderLevel');
  });

  it('does not move to another product, and gets no initial stock again', () => {
    expect(
      statuses(
        [
          { sku: 'A', name: 'Tee' },
          { sku: 'B', initialStock: 1 },
        ],
        stored(first),
      ),
    ).toEqual(['other_product', 'initial_stock_of_known_sku']);
  });

  it('withdraws all variants of its product with a status, also those of no row', () => {
    const state = stored(first);
    const onlyA: UpsertState = { ...state, known: new Map([['a', state.known.get('a')!]]) };
    const rows: UpsertRow[] = [{ sku: 'A', status: 'draft' }];
    expect(productsToRead(numbered(rows), onlyA).map(({ id }) => id)).toEqual(['prd_Cap']);
    const { results, variants } = decide(rows, onlyA);
    expect(results[0]!.status).toBe('updated');
    expect(variants.map(({ after }: { after: Variant }) => [after.sku, after.forSale])).toEqual([
      ['A', false],
      ['B', false],
    ]);
  });

  it('is unchanged where rows of one product contradict each other and the last one is stored already', () => {
    const rows: UpsertRow[] = [
      { sku: 'A', category: 'x' },
      { sku: 'B', category: 'y' },
    ];
    expect(statuses(rows, stored(first, { category: 'y', categoryId: 'cat_y' }))).toEqual(['unchanged', 'unchanged']);
  });
});

describe('a request', () => {
  it('has each SKU once: the later row fails and names the first', () => {
    const { rows, failed } = refuseRepeated(numbered([{ sku: 'A' }, { sku: 'B' }, { sku: 'a' }]));
    expect(rows.map(({ row }) => row)).toEqual([0, 1]);
    expect(failed).toMatchObject([
      { row: 2, status: 'failed', code: 'duplicate_sku', message: expect.stringContaining('0') },
    ]);
  });

  it('is cut into chunks in which a product stands together', () => {
    const rows = numbered(['Cap', 'Tee', 'Cap', 'Tee'].map((name, n) => ({ sku: `S${n}`, name })));
    expect(chunksOf(rows, 2).map((chunk) => chunk.map(({ row }) => row))).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });
});
