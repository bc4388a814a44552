// What each product and variant is found by, and where it stands in lists. Pure.
import type { Product } from '../products/product.ts';
import type { Variant } from '../variants/variant.ts';
import {
  anyTerm,
  categoryTerm,
  forSaleTerm,
  nameKeyOf,
  priceKeyOf,
  priceTerm,
  skuTerm,
  statusTerm,
  termsOfSku,
  termsOfText,
} from './terms.ts';

/** What a product has from its variants. Kept with it, so that it is found and sorted without reading them. */
export type VariantSummary = {
  /** The lowest price, whatever its currency; null without variants. */
  priceMinor: number | null;
  terms: readonly string[];
};
export const noVariants: VariantSummary = { priceMinor: null, terms: [] };

/** Of the variants that are shown: the active ones, or those that were archived with their product. */
export function summaryOf(variants: readonly Variant[]): VariantSummary {
  const shown = variants.filter(({ status, archivedWithProduct }) => status === 'active' || archivedWithProduct);
  if (shown.length === 0) return noVariants;
  return {
    priceMinor: Math.min(...shown.map(({ price }) => price.amount)),
    terms: [...new Set(shown.flatMap(termsOfSku))].sort(),
  };
}

export function termsOfVariant(variant: Variant): string[] {
  const { status, forSale, categoryId, skuKey, productName } = variant;
  return [
    ...new Set([
      anyTerm,
      statusTerm(status),
      ...(forSale ? [forSaleTerm] : []),
      ...(categoryId === null ? [] : [categoryTerm(categoryId)]),
      skuTerm(skuKey),
      ...termsOfText({ name: productName }),
      ...termsOfSku(variant),
    ]),
  ];
}

export function foundByOfProduct(product: Product) {
  const { id, name, status, categoryId, summary } = product;
  const { priceMinor } = summary;
  const terms = [
    anyTerm,
    statusTerm(status),
    ...(categoryId === null ? [] : [categoryTerm(categoryId)]),
    ...(priceMinor === null ? [] : [priceTerm(priceMinor)]),
    ...termsOfText(product),
    ...summary.terms,
  ];
  return {
    terms: [...new Set(terms)],
    nameKey: nameKeyOf(name, id),
    priceKey: priceKeyOf(priceMinor, id),
    priceMinor: priceMinor ?? undefined,
  };
}
