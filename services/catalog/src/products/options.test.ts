// Which combinations of options the variants of a product may have.
import { describe, expect, it } from 'vitest';
import { combinationKey, declaredOptions, flawsOf, isSameCombination, refuseMisfit, refuseMisfits } from './options.ts';

const declared = { size: ['S', 'M'], color: ['Red', 'Blue'] };
const variant = (options: Record<string, string>, status: 'active' | 'archived' = 'active') => ({
  id: `var_${Object.values(options).join('')}`,
  status,
  options,
});
const withCode = (code: string) => expect.objectContaining({ code });

describe('a declaration', () => {
  it('has each value once; nothing is declared by an empty one', () => {
    expect(declaredOptions({ size: ['S', 'M', 'S'] })).toEqual({ size: ['S', 'M'] });
    expect(declaredOptions({})).toBeNull();
    expect(declaredOptions(undefined)).toBeNull();
  });

  it('wants one declared value of every option and no other', () => {
    expect(flawsOf({ size: 'S', color: 'Red' }, declared)).toEqual([]);
    const codes = (options: Record<string, string>) => flawsOf(options, declared).map(({ code }) => code);
    expect(codes({ size: 'S' })).toEqual(['required']);
    expect(codes({ size: 'XL', color: 'Red' })).toEqual(['undeclared']);
    expect(codes({ size: 'S', color: 'Red', fit: 'slim' })).toEqual(['undeclared']);
    expect(flawsOf({ anything: 'goes' }, null)).toEqual([]);
  });
});

describe('a variant that is added', () => {
  it('must be of a combination that no active variant has', () => {
    const others = [variant({ size: 'S', color: 'Red' }), variant({ size: 'M', color: 'Red' }, 'archived')];
    expect(() => refuseMisfit({ color: 'Red', size: 'S' }, declared, others)).toThrow(
      expect.objectContaining({ code: 'combination_taken', extra: { variantId: 'var_SRed' } }),
    );
    expect(() => refuseMisfit({ size: 'M', color: 'Red' }, declared, others)).not.toThrow();
    expect(() => refuseMisfit({ size: 'S', color: 'Blue' }, declared, others)).not.toThrow();
  });

  it('must fit the declaration', () => {
    expect(() => refuseMisfit({}, declared, [])).toThrow(withCode('undeclared_option'));
    expect(() => refuseMisfit({ size: 'S', color: 'Green' }, declared, [])).toThrow(withCode('undeclared_option'));
  });

  it('without options is told apart by its SKU, where nothing is declared', () => {
    expect(combinationKey({})).toBeUndefined();
    expect(() => refuseMisfit({}, null, [variant({})])).not.toThrow();
    expect(() => refuseMisfit({ size: 'S' }, null, [variant({ size: 'S' })])).toThrow(withCode('combination_taken'));
  });
});

it('a new declaration must fit the variants that are active', () => {
  const variants = [variant({ size: 'S' }), variant({ size: 'XL' }, 'archived')];
  expect(() => refuseMisfits(variants, { size: ['S', 'M'] })).not.toThrow();
  expect(() => refuseMisfits(variants, { size: ['M'] })).toThrow(withCode('undeclared_option'));
  expect(() => refuseMisfits(variants, null)).not.toThrow();
});

it('names of options are compared whatever their case, values as they are', () => {
  expect(flawsOf({ SIZE: 'S', Color: 'Red' }, declared)).toEqual([]);
  expect(flawsOf({ SIZE: 's', Color: 'Red' }, declared)).toMatchObject([{ code: 'undeclared' }]);
  expect(isSameCombination({ Size: 'S', color: 'Red' }, { COLOR: 'Red', size: 'S' })).toBe(true);
  expect(isSameCombination({ size: 'S' }, { size: 's' })).toBe(false);
  const others = [variant({ size: 'S', color: 'Red' })];
  expect(() => refuseMisfit({ Color: 'Red', SIZE: 'S' }, declared, others)).toThrow(withCode('combination_taken'));
});
