// Which variants a new product gets.
import { catalogApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { describe, expect, it } from 'vitest';
import { planVariants } from './variant-matrix.ts';

const price = { amount: 1999, currency: 'EUR' };
const body = (fields: Record<string, unknown>) => catalogApi.createProduct.body.parse({ name: 'Tee', ...fields });

function pointersOf(fields: Record<string, unknown>): string[] {
  try {
    planVariants(body(fields));
  } catch (error) {
    if (error instanceof DomainError && error.code === 'validation_failed')
      return error.errors!.map((one) => one.pointer);
    throw error;
  }
  return [];
}

describe('planVariants', () => {
  it('makes 9 variants of 3 sizes and 3 colours, in the order of the options', () => {
    const planned = planVariants(
      body({
        options: { size: ['S', 'M', 'L'], color: ['Red', 'Light blue', 'Sand'] },
        skuPattern: 'TEE-{size}-{color}',
        template: { price, initialStock: 5, reorderLevel: 2 },
      }),
    );
    expect(planned).toHaveLength(9);
    expect(planned.map((one) => one.sku).slice(0, 3)).toEqual(['TEE-S-Red', 'TEE-S-Light-blue', 'TEE-S-Sand']);
    expect(planned[8]).toEqual({
      sku: 'TEE-L-Sand',
      options: { size: 'L', color: 'Sand' },
      price,
      initialStock: 5,
      reorderLevel: 2,
    });
  });

  it('takes the only listed variant as the template', () => {
    const planned = planVariants(
      body({ options: { size: ['S', 'M'] }, skuPattern: 'A-{size}', variants: [{ price }] }),
    );
    expect(planned.map((one) => one.sku)).toEqual(['A-S', 'A-M']);
  });

  it('keeps listed variants as they are', () => {
    expect(
      planVariants(
        body({
          variants: [
            { sku: 'A', price, cost: price },
            { sku: 'B', price },
          ],
        }),
      ),
    ).toEqual([
      { sku: 'A', price, cost: price, options: {} },
      { sku: 'B', price, options: {} },
    ]);
  });

  const sizes = { size: ['S', 'M'] };
  const refusals: [string, Record<string, unknown>, string[]][] = [
    ['nothing to create', {}, ['/variants']],
    ['a template without a pattern', { template: { price }, variants: [{ sku: 'A', price }] }, ['/template']],
    ['a listed variant without SKU', { variants: [{ price }, { sku: 'B', price }] }, ['/variants/0/sku']],
    [
      'one SKU twice',
      {
        variants: [
          { sku: 'A', price },
          { sku: 'A', price },
        ],
      },
      ['/variants/1/sku'],
    ],
    [
      'one SKU twice in another case',
      {
        variants: [
          { sku: 'Cap-1', price },
          { sku: ' cap-1', price },
        ],
      },
      ['/variants/1/sku'],
    ],
    [
      'one combination twice, in whatever order',
      {
        variants: [
          { sku: 'A', price, options: { size: 'S', color: 'Red' } },
          { sku: 'B', price, options: { color: 'Red', size: 'S' } },
        ],
      },
      ['/variants/1/options'],
    ],
    [
      'values that become the same SKU in another case',
      { skuPattern: 'A-{size}', options: { size: ['Red', 'red'] }, template: { price } },
      ['/skuPattern'],
    ],
    ['a pattern without options', { skuPattern: 'A-{size}', template: { price } }, ['/options']],
    ['a pattern without template', { skuPattern: 'A-{size}', options: sizes }, ['/template']],
    ['a pattern that leaves an option out', { skuPattern: 'A', options: sizes, template: { price } }, ['/skuPattern']],
    [
      'a pattern with an unknown option',
      { skuPattern: 'A-{size}-{color}', options: sizes, template: { price } },
      ['/skuPattern'],
    ],
    ['a pattern that makes no SKU', { skuPattern: '-{size}', options: sizes, template: { price } }, ['/skuPattern']],
    [
      'values that become the same SKU',
      { skuPattern: 'A-{size}', options: { size: ['a b', 'a-b'] }, template: { price } },
      ['/skuPattern'],
    ],
    [
      'an SKU that is too long',
      { skuPattern: `${'A'.repeat(50)}{size}`, options: { size: ['B'.repeat(20)] }, template: { price } },
      ['/skuPattern'],
    ],
    [
      'more than 100 combinations',
      {
        skuPattern: '{a}-{b}',
        options: { a: Array.from({ length: 11 }, (_, n) => `a${n}`), b: Array.from({ length: 10 }, (_, n) => `b${n}`) },
        template: { price },
      },
      ['/options'],
    ],
    [
      'listed options that are not declared',
      {
        options: sizes,
        variants: [
          { sku: 'A', price, options: { size: 'XL' } },
          { sku: 'B', price },
        ],
      },
      ['/variants/0/options', '/variants/1/options'],
    ],
  ];
  it.each(refusals)('refuses %s', (_name, fields, pointers) => {
    expect(pointersOf(fields)).toEqual(pointers);
  });
});
