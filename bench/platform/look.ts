// What the benchmark looks up behind the platform's back while it runs. The invariants are the checker's, at the end.
import type { Reading, Row } from '@holdfast/checker';

type Level = Row & { variantId: string; onHand: number; reserved: number };

/** Orders that wait for a decision. */
export function pendingOrders({ db }: Reading): Promise<number> {
  return db('orders').collection('orders').countDocuments({ status: 'PENDING' });
}

/** How many variants have arrived in orders and in inventory, the smaller of both. */
export async function variantsArrived({ db }: Reading): Promise<number> {
  const arrived = [db('orders').collection('variants'), db('inventory').collection('stock_levels')];
  return Math.min(...(await Promise.all(arrived.map((collection) => collection.countDocuments()))));
}

/** Those of these variants that have units left, or more reserved than there are. */
export async function notSoldOut(reading: Reading, variantIds: readonly string[]): Promise<string[]> {
  const flaws: string[] = [];
  const filter = { variantId: { $in: [...variantIds] } };
  for await (const { variantId, onHand, reserved } of reading.rows<Level>('inventory', 'stock_levels', { filter })) {
    if (onHand !== reserved) flaws.push(`${variantId} has ${reserved} of ${onHand} reserved`);
  }
  return flaws;
}
