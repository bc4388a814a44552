// The availability of a variant changed: what is sold out is refused at once for a moment.
import { eventTable, on, reservationRejected, stockUpdated } from '@holdfast/shared/contracts';
import type { SoldOut } from './sold-out.ts';

export const stockChanges = eventTable<SoldOut>([
  on(stockUpdated, (event, soldOut) => soldOut.noteLevel(event)),
  on(reservationRejected, ({ tenantid, time, data }, soldOut) => {
    for (const { variantId, available } of data.shortages)
      if (available === 0) soldOut.note(tenantid, variantId, 0, Date.parse(time));
  }),
]);
