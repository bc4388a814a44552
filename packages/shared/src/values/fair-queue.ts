// A queue that is served tenant by tenant: deficit round robin (Shreedhar, Varghese 1995) with a quantum of one.
// Invariants: while two tenants both wait, what each is served (in costs) differs by a constant, however much either
// sends; within a tenant the order is that of arrival; nobody who waits is passed over for ever.

/** Whoever waits: leaves the queue with `leave`, which is false when it was served before. */
export type Ticket = { leave(): boolean };
export type FairQueue<Item> = {
  /** Waits at the end of its tenant's line. `cost` is an integer from 1 to a few. */
  push(item: Item, share: { tenant: string; cost: number }): Ticket;
  /** The next in turn of those tenants that may be served, by default all; undefined when none of them waits. */
  shift(mayServe?: (tenant: string) => boolean): Item | undefined;
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
    shift(mayServe = () => true) {
      // Bounded: a turn raises a credit, a cost is a few, and who may not be served is passed over once.
      for (let passed = 0; passed < turns.size; ) {
        const line = firstOf(turns);
        turns.delete(line);
        turns.add(line);
        const isServed = mayServe(line.tenant);
        const served = isServed ? turnOf(line) : undefined;
        if (served) return served.item;
        passed = isServed ? 0 : passed + 1;
      }
      return undefined;
    },
    size: () => size,
    sizeOf: (tenant) => lines.get(tenant)?.entries.size ?? 0,
  };
}
