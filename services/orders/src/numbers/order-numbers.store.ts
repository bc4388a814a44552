// Where the numbers of a business's orders come from: one counter for each, written by a majority before any of a block
// is given out. Invariant: a number is in one block only; what is lost of a block is a gap.
import { type Database, defineCollection, field, isDuplicateKey, openCollection } from '@holdfast/shared/persistence';

export type OrderCounter = { id: string; tenantId: string; taken: number };

export const orderCounters = defineCollection<OrderCounter>({
  name: 'order_counters',
  holds: "How many numbers of a business's orders were given out.",
  fields: { taken: field.number },
});

/** The first order of a business is #1001: nobody has to know that it is the first. */
const first = 1_001;

export type OrderCounterStore = ReturnType<typeof openOrderCounters>;

export function openOrderCounters(database: Database) {
  const { native } = openCollection(database, orderCounters);
  return {
    /** Takes this many and returns the first of them. In the tenant's scope. */
    async take(tenantId: string, count: number): Promise<number> {
      const filter = { _id: tenantId, tenantId };
      const options = { upsert: true, returnDocument: 'after', hint: { _id: 1 } } as const;
      const inc = () => native.findOneAndUpdate(filter, { $inc: { taken: count } } as object, options);
      // Two first orders at once: one has made the counter, the other one meets it.
      const counter = await inc().catch((error) => {
        if (!isDuplicateKey(error)) throw error;
        return inc();
      });
      return first + Number(counter!.taken) - count;
    },
  };
}
