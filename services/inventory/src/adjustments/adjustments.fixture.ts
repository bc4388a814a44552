// Support for tests of deciders on adjustments: a level, who holds of it, and a desk to decide at.
import type { DomainError } from '@holdfast/shared/errors';
import { mainLocationIdOf } from '../locations/location.ts';
import type { Reservation } from '../reservations/reservation.ts';
import { openBook } from '../stock/stock-book.ts';
import { openDocuments } from '../stock/stock-documents.ts';
import { levelIdOf, type StockLevel, type Withheld } from '../stock/stock-level.ts';
import { type AdjustCommand, adjustStock } from './adjust-stock.ts';
import { type Adjustment, type AdjustmentChange, adjustmentKind } from './adjustment.ts';
import { type AdjustmentPatch, deleteAdjustment, patchAdjustment } from './change-adjustment.ts';
import { settleWaiting } from './wait-for-stock.ts';

export const tenantId = 'ten_a';
export const variantId = 'v1';
export const locationId = mainLocationIdOf(tenantId);
export const levelId = levelIdOf(tenantId, variantId, locationId);
export const now = new Date('2026-01-02T03:04:05.678Z');
export const later = (ms: number) => new Date(now.getTime() + ms);

export const level = (onHand: number, reserved = 0, withheld?: Withheld[]): StockLevel => {
  const numbers = { onHand, reserved, version: 3, sequence: 7 };
  const place = { id: levelId, tenantId, variantId, locationId };
  return { ...place, ...numbers, movedAt: new Date(0), ...(withheld ? { withheld } : {}) };
};

/** An order that holds units of the level; the later ones are the newer. */
export const holder = (id: string, quantity: number): Reservation => ({
  id,
  tenantId,
  request: 1,
  version: 1,
  state: 'held',
  outcome: 'held',
  lines: [{ variantId, quantity }],
  allocations: [{ variantId, locationId, quantity }],
  shortages: [],
  createdAt: now,
  updatedAt: now,
});

export const command = (change: AdjustmentChange, overrides: Partial<AdjustCommand> = {}): AdjustCommand => ({
  adjustmentId: 'adj_1',
  caller: { tenantId, userId: 'usr_1' },
  requestKey: { key: 'key-1', requestHash: 'hash-1' },
  variantId,
  locationId,
  change,
  reason: 'stocktake',
  note: 'a private note',
  cause: {},
  ...overrides,
});
export const delta = (units: number): AdjustmentChange => ({ kind: 'delta', delta: units });
export const count = (counted: number, expectedOnHand: number): AdjustmentChange => {
  return { kind: 'count', count: counted, expectedOnHand };
};

/** A level and adjustments in memory; what is refused comes back as `refused`. */
export function openDesk(levels: StockLevel[], stored: Adjustment[] = [], holders?: Reservation[]) {
  const book = openBook(levels, now);
  const documents = openDocuments(new Map([[adjustmentKind.name, stored]]));
  const desk = { book, documents, holders };
  const attempt = <Result extends object>(decide: () => Result): Partial<Result> & { refused?: unknown } => {
    try {
      return decide();
    } catch (error) {
      const { code, extra } = error as DomainError;
      return { refused: { code, ...extra } } as never;
    }
  };
  const target = (id: string) => ({ tenantId, id, actor: 'usr_2', cause: {}, expectVersion: () => {} });
  return {
    book,
    adjust: (one: AdjustCommand) => attempt(() => adjustStock(one, desk, now)),
    patch: (id: string, patch: AdjustmentPatch) => attempt(() => patchAdjustment({ ...target(id), patch }, desk, now)),
    remove: (id: string) => attempt(() => deleteAdjustment(target(id), desk, now)),
    settle: (at = now) => settleWaiting(desk, at),
    changes: () => documents.changes(adjustmentKind),
    /** The adjustment as it is to be stored. */
    stored: (id = 'adj_1') => documents.find(adjustmentKind, { tenantId, id })!,
    level: () => book.level(levelId)!,
    /** What was added to what is on hand, by its reason, in order. */
    reasons: () => book.movements().map(({ reason, onHandDelta }) => [reason, onHandDelta]),
    moved: () => book.movements().map(({ kind, onHandDelta, actor }) => [kind, onHandDelta, actor]),
  };
}

/** An adjustment that was made of an empty level. */
export function made(change: AdjustmentChange, overrides: Partial<AdjustCommand> = {}): Adjustment {
  const desk = openDesk([level(change.kind === 'count' ? change.expectedOnHand : 10)]);
  desk.adjust(command(change, overrides));
  return desk.stored(overrides.adjustmentId);
}
