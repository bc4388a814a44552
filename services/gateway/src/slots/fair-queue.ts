// A queue that is served tenant by tenant: deficit round robin (Shreedhar, Varghese 1995) with a quantum of one.
// Invariants: while two tenants both wait, what each is served (in costs) differs by a constant, however much either
// sends; within a tenant the order is that of arrival; nobody who waits is passed over for ever.

/** Whoever waits: leaves the queue with `leave`, which is false when it was served before. */
export type Ticket = { leave(): boolean };
export type FairQueue<Item> = {
  /** Waits at the end of its tenant's line. `cost` is an integer from 1 to a few. */
  push(item: Item, share: { tenant: string; cost: number }): Ticket;
  /** The next in turn; undefined when nobody waits. */
  shift(): Item | undefined;
  /** How many wait, altogether and of one tenant. */
  size(): number;
  sizeOf(tenant: string): number;
};

type Entry<Item> = { item: Item; cost: number };
/** Sets keep the order of insertion, and take anybody out at once. */
type Line<Item> = { tenant: string; entries: Set<Entry<Item>>; credit: number };

const firstOf = <Value>(values: Iterable<Value>): Value => {
  const [first] = values;
  return first as Value;
};

/** Nobody waits. */
export function createFairQueue<Item>(): FairQueue<Item> {
  const lines = new Map<string, Line<Item>>();
  /** Tenants that wait, in the order of their turns. */
  const turns = new Set<Line<Item>>();
  let size = 0;

  function remove(line: Line<Item>, entry: Entry<Item>): boolean {
    if (!line.entries.delete(entry)) return false;
    size -= 1;
    if (line.entries.size === 0) {
      lines.delete(line.tenant);
      turns.delete(line);
    }
    return true;
  }

  /** One turn of a tenant: served once its credit covers the cost; in any case the others come before its next turn. */
  function turnOf(line: Line<Item>): Entry<Item> | undefined {
    turns.delete(line);
    turns.add(line);
    const entry = firstOf(line.entries);
    line.credit += 1;
    if (line.credit < entry.cost) return undefined;
    line.credit = 0;
    remove(line, entry);
    return entry;
  }

  return {
    push(item, { tenant, cost }) {
      const line = lines.get(tenant) ?? { tenant, entries: new Set(), credit: 0 };
      const entry = { item, cost };
      line.entries.add(entry);
      lines.set(tenant, line);
      turns.add(line);
      size += 1;
      return { leave: () => remove(line, entry) };
    },
    shift() {
      // Bounded: every turn raises a credit, and a cost is a few.
      while (turns.size > 0) {
        const served = turnOf(firstOf(turns));
        if (served) return served.item;
      }
      return undefined;
    },
    size: () => size,
    sizeOf: (tenant) => lines.get(tenant)?.entries.size ?? 0,
  };
}
