// Mechanisms of parcels and returns, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const fulfilments = 'services/orders/src/fulfilments';
const returns = 'services/orders/src/returns';

const shipping = (name: string): MutantTest => ({
  project: 'unit',
  file: `${fulfilments}/shipping.test.ts`,
  name,
});
const returning = (name: string): MutantTest => ({
  project: 'unit',
  file: `${returns}/returning.test.ts`,
  name,
});
const parcels = (name: string): MutantTest => ({
  project: 'integration',
  file: `${fulfilments}/fulfilments.int.test.ts`,
  name,
});
const returned = (name: string): MutantTest => ({
  project: 'integration',
  file: `${returns}/returns.int.test.ts`,
  name,
});

export const parcelMutants: readonly Mutant[] = [
  {
    name: 'parcel-outstanding',
    mechanism: 'no more leaves in parcels than is outstanding',
    file: `${fulfilments}/shipping.ts`,
    source: 'if (over.length > 0 || want.size === 0) {',
    replacement: 'if (want.size === 0) {',
    test: shipping('shipping > beyond what is outstanding is refused, with what is left of each'),
  },
  {
    name: 'parcel-while-pending',
    mechanism: 'nothing is shipped while what the order holds is about to change',
    file: `${fulfilments}/shipping.ts`,
    source: "if (order.pending !== null) throw new DomainError('change_pending');",
    replacement: '',
    test: shipping('shipping > waits while a change of the order is pending'),
  },
  {
    name: 'parcel-key',
    mechanism: "a parcel's id derives from the Idempotency-Key",
    file: `${fulfilments}/ship-order.ts`,
    source: "key ? derivedId('ful', tenantId, actor, name, orderId, key.key) : newId('ful')",
    replacement: "newId('ful')",
    test: parcels('a repeated request > to ship ships once, also twenty at once, and shows the parcel as it left'),
  },
  {
    name: 'parcel-as-it-left',
    mechanism: 'a repeated request to ship is answered with the parcel as it left',
    file: `${fulfilments}/ship-order.ts`,
    source: 'trackingNumber, corrections: undefined, delivery: undefined }',
    replacement: 'trackingNumber }',
    test: parcels('a repeated request > to ship ships once, also twenty at once, and shows the parcel as it left'),
  },
  {
    name: 'rest-by-request',
    mechanism: 'cancelling the rest is the next request, so that inventory lets go',
    file: `${fulfilments}/shipping.ts`,
    source: 'request: order.request + 1 }',
    replacement: 'request: order.request }',
    test: shipping('cancelling the rest > gives up what has not left: lines, total and the next request'),
  },
  {
    name: 'rest-by-staff',
    mechanism: 'a customer does not cancel the rest of an order of which a part has left',
    file: 'services/orders/src/orders/cancellation.ts',
    source: "if (isStaff && order.status === 'PARTIALLY_SHIPPED')",
    replacement: "if (order.status === 'PARTIALLY_SHIPPED')",
    test: shipping('cancelling the rest > is for staff only, and only once'),
  },
  {
    name: 'snapshot-of-outstanding',
    mechanism: 'a snapshot demands what has not been shipped, not what was ordered',
    file: 'services/orders/src/orders/order.ts',
    source: ': outstandingOf({ ...order, lines: askedLines(order) });',
    replacement: ': [...order.lines];',
    test: shipping('a snapshot tells what is demanded now, and every parcel that has left'),
  },
  {
    name: 'reallocated-what-is-outstanding',
    mechanism: 'where an order holds its units changes only by an answer that holds just what is outstanding',
    file: `${fulfilments}/reallocation.ts`,
    source: '!== textOf(outstanding)) return undefined;',
    replacement: "=== '') return undefined;",
    test: {
      project: 'unit',
      file: `${fulfilments}/reallocation.test.ts`,
      name: 'what is held elsewhere > changes nothing where it is known, is of another request, or is not what is outstanding',
    },
  },
  {
    name: 'return-claims',
    mechanism: 'what comes back is at most what has left, less what other returns claim',
    file: `${returns}/return.ts`,
    source: 'quantity - (claimed.get(variantId) ?? 0)]',
    replacement: 'quantity]',
    test: returning('asking for a return > is for what has left, less what came back or is on its way'),
  },
  {
    name: 'return-window',
    mechanism: 'a customer can return within the window after delivery only',
    file: `${returns}/returning.ts`,
    source: 'now < endOf(delivery!.at)',
    replacement: 'true',
    test: returning('a customer asks > within the window after delivery, not a moment later'),
  },
  {
    name: 'return-received-once',
    mechanism: 'a return is received once',
    file: `${returns}/returning.ts`,
    source: 'if (allowed.includes(to)) return one;',
    replacement: 'return one;',
    test: returned('a return > received twice is received once: again with its key, refused without it'),
  },
  {
    name: 'return-as-it-was',
    mechanism: 'a repeated step is answered with the return as it was then',
    file: `${returns}/step-return.ts`,
    source: 'asWhen(returned, to)',
    replacement: 'returned',
    test: returned('a return > received twice is received once: again with its key, refused without it'),
  },
  {
    name: 'return-place',
    mechanism: 'nothing comes back to a location that there is not',
    file: `${returns}/returning.ts`,
    source: '!places.has(locationId)',
    replacement: 'false',
    test: returned('a return > comes back to a location that there is'),
  },
  {
    name: 'return-row-with-order',
    mechanism: 'the row of a return is written only with the change of its order',
    file: 'services/orders/src/orders/order.store.ts',
    source: 'await collection.saveAll(changes, session);',
    replacement: 'await collection.save(changes, session);',
    test: returned('the list of returns > has a row for each return as it is, written with its order or not at all'),
  },
  {
    name: 'words-of-returns',
    mechanism: 'erasing a person erases what they wrote of their returns',
    file: `${returns}/erase-words.ts`,
    source: 'if (!tellsOfPerson(order)) return {};',
    replacement: 'return {};',
    test: returning('erasing a person takes their words out of returns, and the numbers of carriers'),
  },
];
