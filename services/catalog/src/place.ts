// Where a document stands in lists: by time of creation, and among equal times by id, as one text that sorts.
// Invariant: it never changes. One field lets an index begin a page exactly after the one before: two fields would read equal times in vain.

/** Sorts by time, then id. */
export function placeOf(createdAt: Date, id: string): string {
  return `${createdAt.toISOString()} ${id}`;
}
