// The books of the platform, read behind its back from MongoDB: what must hold after every run, however fast it was.
// Levels are the sums of their ledger, what is reserved is what confirmed orders hold, nothing is oversold, nothing waits,
// and what clients were told is what is stored.
import { mongo } from 'mongoose';
import { flawsNamedMax } from '../limits.ts';

export type Books = {
  /** Remembers what clients were told: ids of confirmed orders, and how many answers left the outcome open. */
  told(confirmedIds: readonly string[], open: number): void;
  /** How many variants have arrived in orders and in inventory, the smaller of both. */
  variantsArrived(): Promise<number>;
  /** Orders that wait for a decision. */
  pending(): Promise<number>;
  /** What is wrong; empty when nothing is. */
  check(): Promise<string[]>;
  /** What is wrong when exactly these variants should have no unit left and none too much. */
  checkSoldOut(variantIds: readonly string[]): Promise<string[]>;
  db(name: string): mongo.Db;
  close(): Promise<void>;
};

type Level = { _id: string; tenantId: string; variantId: string; onHand: number; reserved: number; sequence: number };
type Sums = { onHand: number; reserved: number; sequence: number; count: number };

/** Opens the books of the platform's MongoDB. */
export async function openBooks(mongoUri: string): Promise<Books> {
  const client = await new mongo.MongoClient(mongoUri, { readConcern: { level: 'majority' } }).connect();
  const [orders, inventory] = [client.db('orders'), client.db('inventory')];
  const levels = inventory.collection<Level>('stock_levels');
  const told = new Set<string>();
  let open = 0;
  const pending = () => orders.collection('orders').countDocuments({ status: 'PENDING' });
  return {
    told(confirmedIds, openCount) {
      for (const id of confirmedIds) told.add(id);
      open += openCount;
    },
    async variantsArrived() {
      const priced = orders.collection('variants').countDocuments();
      return Math.min(await priced, await levels.countDocuments());
    },
    pending,
    async check() {
      const flaws = [
        ...(await checkLevels(inventory, orders)),
        ...(await checkReservations(inventory, orders)),
        ...(await checkTold(orders, told, open)),
      ];
      const waiting = await pending();
      if (waiting > 0) flaws.push(`${waiting} orders are still PENDING`);
      return flaws;
    },
    async checkSoldOut(variantIds) {
      const found = await levels.find({ variantId: { $in: [...variantIds] } }).toArray();
      const wrong = found.filter(({ onHand, reserved }) => onHand !== reserved);
      return named(wrong, ({ variantId, onHand, reserved }) => `${variantId} has ${reserved} of ${onHand} reserved`);
    },
    db: (name) => client.db(name),
    close: () => client.close(),
  };
}

/** The first few flaws in words, the rest as a number. */
function named<T>(flaws: readonly T[], describe: (flaw: T) => string): string[] {
  const more = flaws.length - flawsNamedMax;
  return [...flaws.slice(0, flawsNamedMax).map(describe), ...(more > 0 ? [`... and ${more} more of this kind`] : [])];
}

const without = (ids: ReadonlySet<string>, others: ReadonlySet<string>) => [...ids].filter((id) => !others.has(id));

async function checkLevels(inventory: mongo.Db, orders: mongo.Db): Promise<string[]> {
  const [levels, ledger, held] = await Promise.all([
    inventory.collection<Level>('stock_levels').find().toArray(),
    inventory
      .collection('movements')
      .aggregate<Sums & { _id: { variantId: string } }>(
        [
          {
            $group: {
              _id: { variantId: '$variantId' },
              onHand: { $sum: '$onHandDelta' },
              reserved: { $sum: '$reservedDelta' },
              sequence: { $max: '$sequence' },
              count: { $sum: 1 },
            },
          },
        ],
        { allowDiskUse: true },
      )
      .toArray(),
    orders
      .collection('orders')
      .aggregate<{ _id: string; quantity: number }>([
        { $match: { status: 'CONFIRMED' } },
        { $unwind: '$allocations' },
        { $group: { _id: '$allocations.variantId', quantity: { $sum: '$allocations.quantity' } } },
      ])
      .toArray(),
  ]);
  const sums = new Map(ledger.map((row) => [row._id.variantId, row]));
  const sold = new Map(held.map((row) => [row._id, row.quantity]));
  const flawsOf = (level: Level): string[] => {
    const sum = sums.get(level.variantId) ?? { onHand: 0, reserved: 0, sequence: 0, count: 0 };
    const confirmed = sold.get(level.variantId) ?? 0;
    const is = `${level.variantId}: ${level.reserved} of ${level.onHand} reserved, sequence ${level.sequence}`;
    return [
      ...(level.onHand !== sum.onHand || level.reserved !== sum.reserved
        ? [`${is}, but its ledger sums to ${sum.reserved} of ${sum.onHand}`]
        : []),
      ...(level.sequence !== sum.sequence || sum.count !== sum.sequence
        ? [`${is}, but its ledger has ${sum.count} lines up to ${sum.sequence}`]
        : []),
      ...(level.reserved !== confirmed ? [`${is}, but confirmed orders hold ${confirmed}`] : []),
      ...(level.reserved > level.onHand || level.reserved < 0 ? [`oversold: ${is}`] : []),
    ];
  };
  const known = new Set(levels.map(({ variantId }) => variantId));
  const strays = [...sold.keys()].filter((id) => !known.has(id)).map((id) => `${id}: sold, but no level has it`);
  return named([...levels.flatMap(flawsOf), ...strays], (flaw) => flaw);
}

/** Every confirmed order has its held reservation, and nothing is held for anything else. */
async function checkReservations(inventory: mongo.Db, orders: mongo.Db): Promise<string[]> {
  const ids = async (collection: mongo.Collection<{ _id: string }>, filter: mongo.Filter<{ _id: string }>) =>
    new Set((await collection.find(filter, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id));
  const confirmed = await ids(orders.collection('orders'), { status: 'CONFIRMED' } as mongo.Filter<{ _id: string }>);
  const held = await ids(inventory.collection('reservations'), { state: 'held' } as mongo.Filter<{ _id: string }>);
  return [
    ...named(without(confirmed, held), (id) => `${id} is CONFIRMED without a held reservation`),
    ...named(without(held, confirmed), (id) => `the reservation of ${id} is stuck: its order is not CONFIRMED`),
  ];
}

/** What was acknowledged is there; what is there was acknowledged, or its answer got lost. */
async function checkTold(orders: mongo.Db, told: ReadonlySet<string>, open: number): Promise<string[]> {
  const found = await orders
    .collection<{ _id: string }>('orders')
    .find({ status: 'CONFIRMED' }, { projection: { _id: 1 } })
    .toArray();
  const stored = new Set(found.map(({ _id }) => _id));
  const extra = without(stored, told);
  return [
    ...named(without(told, stored), (id) => `${id} was acknowledged and is not CONFIRMED`),
    ...(extra.length > open
      ? [`${extra.length} confirmed orders were acknowledged to nobody, ${open} answers were open`]
      : []),
  ];
}
