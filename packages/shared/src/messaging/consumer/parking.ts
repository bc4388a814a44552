// Events behind a dead letter of their aggregate: pure. Invariants: an aggregate's events are applied in order or not
// at all, so what comes after a dead letter is parked behind it, until an operator replays them; how many there are is
// bounded.
import type { Item } from './batch.ts';
import { subjectOf } from './events.ts';
import type { DeadLetter, StreamEntry } from './ports.ts';

export interface ParkingLimits {
  readonly parkedPerAggregateMax: number;
  readonly deadLettersMax: number;
}

/** Names an aggregate within a partition. */
export function aggregateKey({
  domain,
  tenantId,
  subject,
}: Pick<DeadLetter, 'domain' | 'tenantId' | 'subject'>): string {
  return `${domain}\n${tenantId}\n${subject}`;
}

/** How many dead letters a partition has, with the events parked behind them. */
export function countDeadLetters(blocked: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of blocked.values()) sum += count;
  return sum;
}

/**
 * Items of one partition in their order, with those parked that come after a dead letter of their aggregate, stored or
 * among the items. `full` is the first item for which the limits leave no room; it and what follows are left out.
 */
export function parkBehind(
  items: readonly Item[],
  blocked: ReadonlyMap<string, number>,
  limits?: ParkingLimits,
): { items: readonly Item[]; full: Item | undefined } {
  if (blocked.size === 0 && !items.some((item) => item.letter)) return { items, full: undefined };
  const counts = new Map(blocked);
  let sum = countDeadLetters(blocked);
  const admitted: Item[] = [];
  for (const item of items) {
    const put = item.entry ? parked(item.entry, counts) : item;
    if (put.letter) {
      const key = aggregateKey(put.letter);
      const count = counts.get(key) ?? 0;
      const isFull =
        limits && (sum >= limits.deadLettersMax || (put.letter.isParked && count > limits.parkedPerAggregateMax));
      if (isFull) return { items: admitted, full: item };
      counts.set(key, count + 1);
      sum += 1;
    }
    admitted.push(put);
  }
  return { items: admitted, full: undefined };
}

function parked(entry: StreamEntry, blocked: ReadonlyMap<string, number>): Item {
  const { domain, partition, id, event } = entry;
  const about = { domain, partition, tenantId: event.tenantid, subject: subjectOf(event) };
  if (!blocked.has(aggregateKey(about))) return { domain, partition, id, entry, letter: undefined };
  const letter = { ...about, entryId: id, event: JSON.stringify(event), error: '', isParked: true };
  return { domain, partition, id, entry: undefined, letter };
}
