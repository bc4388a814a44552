// Golden ids: a change of what an id is derived from would create twice what a retry or a repeated event creates once.
import { expect, it } from 'vitest';
import { type AdjustCommand, adjustStock } from './adjustments/adjust-stock.ts';
import { adjustmentIdOf, adjustmentKind } from './adjustments/adjustment.ts';
import { mainLocationIdOf } from './locations/location.ts';
import { reserveStock } from './reservations/reserve-stock.ts';
import { openLevels } from './stock/open-level.ts';
import { openBook } from './stock/stock-book.ts';
import { openDocuments } from './stock/stock-documents.ts';
import { levelIdOf } from './stock/stock-level.ts';

const tenantId = 'ten_golden';
const variantId = 'var_golden';
const now = new Date('2026-01-02T03:04:05.678Z');
const locationId = mainLocationIdOf(tenantId);

/** A level that was opened with 5 units. */
function openedBook() {
  const book = openBook([], now);
  openLevels([{ tenantId, variantId, initialStock: 5, actor: 'usr_1', cause: {} }], book);
  return book;
}

it('the main location, a level and an adjustment have the ids that they always had', () => {
  expect(locationId).toBe('loc_kbzo4j2ncbmm3efn5kzsruq6vm');
  expect(levelIdOf(tenantId, variantId, locationId)).toBe('lvl_ep4hq66kysuegdljj4jxsg2haa');
  expect(adjustmentIdOf(tenantId, 'usr_golden', 'key-golden')).toBe('adj_gpidg7yi3pl3iy5imsb3kz7wzi');
});

it('an opened level: its movement and its event', () => {
  const book = openedBook();
  expect(book.movements()[0]!.id).toBe('mov_ovadkodl3pfqfr6fffzjyo76se');
  expect(book.levelChanges()[0]!.events[0]!.id).toBe('evt_uvob2hhacii2x22vrknol5jnpa');
});

it('an adjustment: its movement and its event', () => {
  const book = openedBook();
  const command: AdjustCommand = {
    adjustmentId: adjustmentIdOf(tenantId, 'usr_golden', 'key-golden'),
    caller: { tenantId, userId: 'usr_golden' },
    requestKey: { key: 'key-golden', requestHash: 'hash' },
    variantId,
    locationId,
    change: { kind: 'delta', delta: 1 },
    reason: 'stocktake',
    cause: {},
  };
  const documents = openDocuments(new Map());
  adjustStock(command, { book, documents }, now);
  const [created] = documents.changes(adjustmentKind);
  expect(created!.after.movementId).toBe('mov_wdmfvxfgsvwkudejld3vxst7da');
  expect(created!.events[0]!.id).toBe('evt_wdmfvxfgsvwkudejld3vxst7da');
});

it('a reservation: the movement of each of its requests on each level', () => {
  const book = openedBook();
  const about = { tenantId, orderId: 'ord_golden', cause: {} };
  const lines = [{ variantId, quantity: 2 }];
  reserveStock(
    [
      { ...about, kind: 'place', request: 1, lines },
      { ...about, kind: 'cancel', request: 2, reason: 'order_cancelled' },
    ],
    book,
    new Map(),
    { now, newEventId: () => 'evt_1' },
  );
  expect(book.movements().map(({ id }) => id)).toEqual([
    'mov_ovadkodl3pfqfr6fffzjyo76se',
    'mov_rk2u2fd55rheuripzc65ijyfle',
    'mov_lmedus4hu7qsuvgu7gygof4zme',
  ]);
});

it('a parcel and a return: the movement of each on each level', () => {
  const book = openedBook();
  const about = { tenantId, orderId: 'ord_golden', request: 1, cause: {} };
  const lines = [{ variantId, locationId, quantity: 2 }];
  reserveStock(
    [
      { ...about, kind: 'ship', parcel: { id: 'ful_golden', lines } },
      { ...about, kind: 'restock', restock: { id: 'ret_golden', lines } },
    ],
    book,
    new Map(),
    { now, newEventId: () => 'evt_1' },
  );
  expect(book.movements().map(({ id }) => id)).toEqual([
    'mov_ovadkodl3pfqfr6fffzjyo76se',
    'mov_mpjrsbyzmxaf23icnzi5psveey',
    'mov_sxrmc26bups5v44e53ic52ye6a',
  ]);
});
