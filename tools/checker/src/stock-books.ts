// I1 and the ledger's part of I6: every stock level against its movements and the reservations that hold of it.
// The books of a level are read at one moment of the database, so that this is exact while orders are being placed.
import type { mongo } from 'mongoose';
import { type Adjustment, createAdjusted } from './adjusted-stock.ts';
import type { Reading, Row } from './installation.ts';
import { readBatchCount } from './limits.ts';
import { bookOf, createOrdered, type HeldStock, type Reservation, readHeld } from './ordered-stock.ts';
import { createPurchaseCheck, type Incoming, type PurchaseOrder, type Purchases, type Receipt } from './purchases.ts';
import { createTransferCheck, type Transfer } from './transfers.ts';
import type { Findings } from './violations.ts';

type Level = Row & {
  variantId: string;
  locationId: string;
  onHand: number;
  reserved: number;
  sequence: number;
  version: number;
  withheld?: { units: number }[];
};
type Movement = Row & {
  variantId: string;
  locationId: string;
  sequence: number;
  onHandDelta: number;
  reservedDelta: number;
  onHandAfter: number;
  reservedAfter: number;
  reference: { type: string; id: string };
};
export type StockCounts = { levels: number; movements: number; reservations: number; oversoldUnits: number };

/** Checks all levels, movements, reservations and adjustments of inventory. */
export async function checkStockBooks(reading: Reading, findings: Findings): Promise<StockCounts> {
  const session = reading.client.startSession({ snapshot: true });
  try {
    const all = <R extends Row>(collection: string, sort?: mongo.Document) => {
      const options = { projection: { events: 0 }, batchSize: readBatchCount, session, allowDiskUse: true };
      const cursor = reading.db('inventory').collection(collection).find({}, options);
      return (sort ? cursor.sort(sort) : cursor) as unknown as AsyncIterable<R>;
    };
    const levels = new Map<string, Level>();
    for await (const level of all<Level>('stock_levels')) levels.set(bookOf(level), level);
    const held = await readHeld(all<Reservation>('reservations'));
    const adjustments = new Map<string, Adjustment>();
    for await (const adjustment of all<Adjustment>('adjustments')) adjustments.set(adjustment._id, adjustment);
    const transfers = new Map<string, Transfer>();
    for await (const transfer of all<Transfer>('transfers')) transfers.set(transfer._id, transfer);
    const orders = new Map<string, PurchaseOrder>();
    for await (const order of all<PurchaseOrder>('purchase_orders')) orders.set(order._id, order);
    const receipts: Receipt[] = [];
    for await (const receipt of all<Receipt>('receipts')) receipts.push(receipt);
    const incoming: Incoming[] = [];
    for await (const one of all<Incoming>('incoming')) incoming.push(one);
    const purchases = { orders, receipts, incoming };
    const oversoldUnits = checkLevels(levels, held.byBook, findings);
    checkWithheld(levels, adjustments.values(), findings);
    const inOrder = { tenantId: 1, variantId: 1, locationId: 1, sequence: 1 };
    const ledger = createLedger({ levels, held, adjustments, transfers, purchases, findings });
    for await (const movement of all<Movement>('movements', inOrder)) ledger.take(movement);
    const movements = ledger.finish();
    return { levels: levels.size, movements, reservations: held.count, oversoldUnits };
  } finally {
    await session.endSession();
  }
}

/**
 * The numbers of each level by themselves and against what is held of it.
 * Returns the units promised beyond what is there.
 */
function checkLevels(levels: Map<string, Level>, held: Map<string, number>, findings: Findings): number {
  let oversold = 0;
  for (const [book, { _id: id, tenantId, onHand, reserved }] of levels) {
    const report = (kind: string, detail: string) => findings.add({ invariant: 'I1', kind, tenantId, id, detail });
    const promised = held.get(book) ?? 0;
    oversold += Math.max(0, Math.max(reserved, promised) - onHand);
    if (!(Number.isSafeInteger(onHand) && Number.isSafeInteger(reserved) && 0 <= reserved && reserved <= onHand)) {
      report('level.range', `reserved ${reserved} of ${onHand} on hand`);
    }
    if (promised !== reserved) report('level.reserved', `reserved ${reserved}, reservations hold ${promised}`);
  }
  for (const [book, quantity] of held) {
    if (levels.has(book)) continue;
    const [tenantId = '', variantId = ''] = book.split('\n');
    oversold += quantity;
    const detail = `${quantity} units are held of a level that does not exist`;
    findings.add({ invariant: 'I1', kind: 'level.missing', tenantId, id: variantId, detail });
  }
  return oversold;
}

/** What levels withhold is what adjustments wait for. */
function checkWithheld(levels: Map<string, Level>, adjustments: Iterable<Adjustment>, findings: Findings): void {
  const waits = new Map<string, number>();
  for (const adjustment of adjustments) {
    const { waiting } = adjustment;
    if (waiting) waits.set(bookOf(adjustment), (waits.get(bookOf(adjustment)) ?? 0) - waiting.difference);
  }
  for (const [book, { _id: id, tenantId, withheld = [] }] of levels) {
    const units = withheld.reduce((sum, one) => sum + one.units, 0);
    const awaited = waits.get(book) ?? 0;
    if (units === awaited) continue;
    const detail = `withholds ${units}, adjustments wait for ${awaited}`;
    findings.add({ invariant: 'I1', kind: 'level.withheld', tenantId, id, detail });
  }
}

type LedgerInput = {
  levels: ReadonlyMap<string, Level>;
  held: HeldStock;
  adjustments: ReadonlyMap<string, Adjustment>;
  transfers: ReadonlyMap<string, Transfer>;
  purchases: Purchases;
  findings: Findings;
};

/** Takes movements by level and sequence and compares every step. */
function createLedger({ levels, held, adjustments, transfers, purchases, findings }: LedgerInput) {
  const purchaseCheck = createPurchaseCheck(purchases, findings);
  const transferCheck = createTransferCheck(transfers, findings);
  let book = '';
  let at = { sequence: 0, onHand: 0, reserved: 0 };
  let movements = 0;
  const seen = new Set<string>();
  const ordered = createOrdered(held, findings);
  const proven = new Set<string>();
  const adjusted = createAdjusted(findings);

  const endBook = () => {
    const level = levels.get(book);
    if (!level) return ordered.drop();
    seen.add(book);
    compareEnd(level, at, findings);
    ordered.endLevel(level);
  };
  return {
    take(movement: Movement) {
      movements += 1;
      if (bookOf(movement) !== book) {
        endBook();
        book = bookOf(movement);
        at = { sequence: 0, onHand: 0, reserved: 0 };
        if (!levels.has(book)) report(movement, findings, 'I1', 'movement.no_level', 'its level does not exist');
      }
      at = step(movement, at, findings);
      const { type, id } = movement.reference;
      if (type === 'order') ordered.take(movement);
      if (type === 'adjustment') adjusted.take(movement, adjustments.get(id));
      if (type === 'transfer') transferCheck.take(movement);
      if (type === 'purchase_order') purchaseCheck.take(movement);
      if (type === 'variant') proveOnce(movement, proven, findings);
    },
    finish() {
      endBook();
      transferCheck.finish();
      purchaseCheck.finish();
      for (const [other, level] of levels) {
        if (!seen.has(other)) compareEnd(level, { sequence: 0, onHand: 0, reserved: 0 }, findings);
      }
      adjusted.finish(adjustments.values());
      ordered.finish();
      return movements;
    },
  };
}

type Numbers = { sequence: number; onHand: number; reserved: number };

function report(movement: Row, findings: Findings, invariant: 'I1' | 'I6', kind: string, detail: string): void {
  findings.add({ invariant, kind, tenantId: movement.tenantId, id: movement._id, detail });
}

function step(movement: Movement, before: Numbers, findings: Findings): Numbers {
  const { sequence, onHandDelta, reservedDelta, onHandAfter, reservedAfter } = movement;
  if (sequence !== before.sequence + 1) {
    report(movement, findings, 'I1', 'ledger.gap', `sequence ${sequence} comes after ${before.sequence}`);
  }
  const onHand = before.onHand + onHandDelta;
  const reserved = before.reserved + reservedDelta;
  if (onHand !== onHandAfter || reserved !== reservedAfter) {
    const detail = `sums to ${reserved} of ${onHand}, says ${reservedAfter} of ${onHandAfter}`;
    report(movement, findings, 'I1', 'ledger.sum', detail);
  }
  if (!(0 <= reserved && reserved <= onHand)) {
    report(movement, findings, 'I1', 'ledger.range', `leaves ${reserved} of ${onHand} reserved`);
  }
  return { sequence, onHand, reserved };
}

function compareEnd({ _id: id, tenantId, ...level }: Level, at: Numbers, findings: Findings): void {
  const { sequence, onHand, reserved } = level;
  if (sequence === at.sequence && onHand === at.onHand && reserved === at.reserved) return;
  const detail = `is at ${sequence} with ${reserved} of ${onHand}; its movements end at ${at.sequence} with ${at.reserved} of ${at.onHand}`;
  findings.add({ invariant: 'I1', kind: 'level.sum', tenantId, id, detail });
}

function proveOnce(movement: Movement, proven: Set<string>, findings: Findings): void {
  const { id } = movement.reference;
  if (proven.has(id)) report(movement, findings, 'I6', 'initial_stock.twice', `variant ${id} got its stock again`);
  proven.add(id);
}
