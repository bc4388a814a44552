// The options of a product (size, colour) and what its variants have of them. Pure.
// Invariants: where a product declares options, every active variant has one declared value of each; two active
// variants of a product never have the same combination. Variants without options are told apart by their SKU alone.
// Names of options are compared whatever their case, as searches do; values as they are.
import { DomainError } from '@holdfast/shared/errors';
import { caseless } from '@holdfast/shared/values';

export type Options = Record<string, string[]>;
/** The value that a variant has of each option. */
export type Combination = Record<string, string>;
type Holder = { id: string; status: 'active' | 'archived'; options: Combination };
export type OptionFlaw = { code: 'required' | 'undeclared'; message: string };

/** The declaration that is stored: each value once; null when nothing is declared. */
export function declaredOptions(options: Options | undefined): Options | null {
  const entries = Object.entries(options ?? {}).map(([name, values]): [string, string[]] => [
    name,
    [...new Set(values)],
  ]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** What is wrong with a combination under a declaration; nothing where nothing is declared. */
export function flawsOf(combination: Combination, declared: Options | null): OptionFlaw[] {
  if (declared === null) return [];
  const flaws: OptionFlaw[] = [];
  const given = new Map(Object.entries(combination).map(([name, value]) => [caseless(name), value]));
  const names = new Set(Object.keys(declared).map(caseless));
  for (const [name, values] of Object.entries(declared)) {
    const value = given.get(caseless(name));
    if (value === undefined) flaws.push({ code: 'required', message: `needs a value of ${name}` });
    else if (!values.includes(value)) {
      flaws.push({ code: 'undeclared', message: `has a value of ${name} that options does not list` });
    }
  }
  for (const name of Object.keys(combination)) {
    if (names.has(caseless(name))) continue;
    flaws.push({ code: 'undeclared', message: `has an option that is not declared: ${name}` });
  }
  return flaws;
}

/** The same text for the same values in whatever order; undefined for a variant without options. */
export function combinationKey(combination: Combination): string | undefined {
  const named = Object.entries(combination).map(([name, value]) => [caseless(name), value] as const);
  const entries = named.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : JSON.stringify(entries);
}

/** True for the same value of each option, in whatever order they are written. */
export function isSameCombination(a: Combination, b: Combination): boolean {
  return combinationKey(a) === combinationKey(b);
}

/** Throws `undeclared_option` or `combination_taken` for a variant that the product cannot have beside those it has. */
export function refuseMisfit(added: Combination, declared: Options | null, variants: readonly Holder[]): void {
  refuseUndeclared(added, declared);
  const key = combinationKey(added);
  if (key === undefined) return;
  const holder = variants.find(({ status, options }) => status === 'active' && combinationKey(options) === key);
  if (holder) throw new DomainError('combination_taken', { extra: { variantId: holder.id } });
}

/** Throws `undeclared_option` when an active variant does not fit the declaration. */
export function refuseMisfits(variants: readonly Holder[], declared: Options | null): void {
  for (const { status, options } of variants) if (status === 'active') refuseUndeclared(options, declared);
}

function refuseUndeclared(combination: Combination, declared: Options | null): void {
  const flaws = flawsOf(combination, declared);
  if (flaws.length === 0) return;
  throw new DomainError('undeclared_option', {
    extra: { options: declared },
    errors: flaws.map((flaw) => ({ pointer: '/options', ...flaw })),
  });
}
