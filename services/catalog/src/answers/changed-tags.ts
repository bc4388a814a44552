// Which kept answers a change concerns. A tag is the id of the product or variant that an answer shows, or `list` for
// all lists of a tenant. Invariant: a change of what many answers show, such as a category's place in the tree, is one
// of the whole tenant.
import { type TagChange, tenantTag } from '@holdfast/shared/cache';
import type { DomainEvent } from '@holdfast/shared/contracts';

/** All lists of a tenant. */
export const listTag = 'list';

/** A kind of thing whose changes concern answers; what else is in the stream (the progress of a job) concerns none. */
export type ShownKind = 'product' | 'variant' | 'category';

const affectedBy: Readonly<Record<ShownKind, readonly string[]>> = {
  product: [listTag],
  variant: [listTag],
  category: [tenantTag],
};

/** What changes with a thing of this kind. */
export function affectedTags(kind: ShownKind): readonly string[] {
  return affectedBy[kind];
}

/** The changes that one thing's makes, for its writer. */
export function tagChanges(kind: ShownKind, changed: readonly { id: string; version: number }[]): TagChange[] {
  if (changed.length === 0) return [];
  return [...changed.map(({ id, version }) => ({ tag: id, version })), ...affectedBy[kind].map((tag) => ({ tag }))];
}

/** The kind of thing that an event of the catalog tells of; undefined when no answer shows it. */
export function shownKindOf({ type }: Pick<DomainEvent, 'type'>): ShownKind | undefined {
  const kind = /^com\.holdfast\.([a-z_]+)\./.exec(type)?.[1];
  return kind !== undefined && Object.hasOwn(affectedBy, kind) ? (kind as ShownKind) : undefined;
}
