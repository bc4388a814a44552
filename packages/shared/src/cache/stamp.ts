// A stamp says which state of a tag (a product, all lists of a tenant) an answer was made from. It is opaque and never
// the same again, so that an answer is valid exactly while its tags have the stamps that were read before it was made:
// whatever is stored late, twice or by somebody slow is stored under a stamp that is gone.
// Its text: `<version> <random>[ <mark>@<deadline>]...`, the version of the newest change that it accounts for, and the
// marks of writers that have begun and not ended.

/** The text of a tag's stamp. */
export type Stamp = string;

/** A tag and the version of the thing that it names; without a version for what has none, such as a list. */
export type TagChange = { readonly tag: string; readonly version?: number };

/** True while a writer may commit, or has and was not heard of since: what is read now may be old in a moment. */
export function isInDoubt(stamp: Stamp): boolean {
  return stamp.includes('@');
}

/** What all answers of a tenant depend on. */
export const tenantTag = 'all';

/** The stamps of the tenant and of what an answer shows, as it is kept with them. */
export const stampsText = (all: Stamp, own: Stamp): string => `${all}|${own}`;
