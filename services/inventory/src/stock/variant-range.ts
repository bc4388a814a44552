// Which variants a look at stock is about: some, or those between two in the order of their ids. Pure.
export type VariantRange =
  | { readonly ids: readonly string[] }
  /** Behind `after`, up to and with `upTo`; undefined is no bound. */
  | { readonly after: string | undefined; readonly upTo: string | undefined };

/** The condition of a query on a variant's id. */
export function variantCondition(range: VariantRange): { $in: string[] } | { $gt: string; $lte?: string } {
  if ('ids' in range) return { $in: [...range.ids] };
  const { after = '', upTo } = range;
  return { $gt: after, ...(upTo === undefined ? {} : { $lte: upTo }) };
}

export function isWithin(variantId: string, range: VariantRange): boolean {
  if ('ids' in range) return range.ids.includes(variantId);
  const { after = '', upTo } = range;
  return variantId > after && (upTo === undefined || variantId <= upTo);
}
