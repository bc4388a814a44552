// Lists that come newest first are sorted by one text that nothing shares: the time, then the sequence number, then the
// id. One field instead of three: what comes after a place is one range of an index, also among rows of one
// millisecond.
const timeDigits = 12;
const sequenceDigits = 9;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/** Sorts like (createdAt, sequence, id). */
export function sortKeyOf(createdAt: Date, id: string, sequence = 0): string {
  return hex(createdAt.getTime(), timeDigits) + hex(sequence, sequenceDigits) + id;
}

export type SortKeyRange = {
  /** Only what was created at this time or later. */
  from?: Date | undefined;
  /** Only what was created before this time. */
  to?: Date | undefined;
  /** The sort key after which the page begins. */
  after?: string | undefined;
};

/** The condition on the sort key; undefined when there is none. */
export function sortKeyRange({ from, to, after }: SortKeyRange): Record<string, string> | undefined {
  // A time without what follows it is smaller than every key of that time.
  const upper = [after, to && hex(Math.max(0, to.getTime()), timeDigits)]
    .filter((bound) => bound !== undefined)
    .sort()[0];
  const range = {
    ...(from ? { $gte: hex(Math.max(0, from.getTime()), timeDigits) } : {}),
    ...(upper === undefined ? {} : { $lt: upper }),
  };
  return Object.keys(range).length > 0 ? range : undefined;
}
