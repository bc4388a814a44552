// Mechanisms of what leaves in parcels and comes back.
import type { Mutant, MutantTest } from './mutant.ts';

const folder = 'services/inventory/src/reservations';
const unit = (name: string): MutantTest => ({ project: 'unit', file: `${folder}/consume-stock.test.ts`, name });
const integration = (name: string): MutantTest => ({
  project: 'integration',
  file: `${folder}/parcels.int.test.ts`,
  name,
});

export const consumeMutants: readonly Mutant[] = [
  {
    name: 'parcel-once',
    mechanism: 'a parcel that comes again takes nothing',
    file: `${folder}/reserve-stock.ts`,
    source: 'if (current && hasLeft(current, parcel)) return undefined;',
    replacement: '',
    test: unit('a parcel > that comes again takes nothing'),
  },
  {
    name: 'return-once',
    mechanism: 'a return that is received twice restocks once',
    file: `${folder}/reserve-stock.ts`,
    source: 'if (current && isBack(current, request.restock)) return undefined;',
    replacement: '',
    test: unit('a return > that is received twice restocks once'),
  },
  {
    name: 'parcel-of-what-is-held',
    mechanism: 'a parcel takes what is held for it, so that the last units leave though nothing is available',
    file: `${folder}/consume-stock.ts`,
    source: 'for (const one of held) add(one, 0, -one.quantity);',
    replacement: '',
    test: unit('a parcel > of the last units leaves though nothing is available'),
  },
  {
    name: 'parcel-of-its-own-place',
    mechanism: 'a parcel takes what is held where it left from before what is held elsewhere',
    file: `${folder}/consume-stock.ts`,
    source: '(line, one) => line.locationId === one.locationId',
    replacement: '() => true',
    test: unit('a parcel > leaves the hold of other places alone'),
  },
  {
    name: 'rest-of-a-parcel',
    mechanism: 'after a parcel only what has not left is held, and released with the rest',
    file: `${folder}/consume-stock.ts`,
    source: 'return { ...after, ...(former && { former }), state, lines, allocations: left };',
    replacement: 'return { ...after, ...(former && { former }), state, lines };',
    test: integration('an order in two parcels > gives back only what has not left when the rest is cancelled'),
  },
  {
    name: 'snapshot-of-parcels',
    mechanism: 'an order that is re-emitted brings the parcels that were not heard of',
    file: `${folder}/reserve-stock.ts`,
    source: 'for (const parcel of parcels) after = consume(after, parcel, movesOf(facts));',
    replacement: '',
    test: unit('an order that is re-emitted > takes a missed parcel from what is held'),
  },
  {
    name: 'snapshot-of-what-is-known',
    mechanism: 'an order that is re-emitted ships nothing again',
    file: `${folder}/reserve-stock.ts`,
    source: 'request.parcels.filter((parcel) => !current || !hasLeft(current, parcel))',
    replacement: 'request.parcels.slice()',
    test: unit('an order that is re-emitted > changes nothing where all of it is known'),
  },
  {
    name: 'remembered-is-read',
    mechanism: 'an outcome is passed over only on an order that was read, not on one that was remembered as placed',
    file: 'services/orders/src/orders/change-order.ts',
    source: 'if (order && decide(order, now) !== undefined) found.set',
    replacement: 'if (order) found.set',
    test: {
      project: 'integration',
      file: 'services/orders/src/orders/change-order.int.test.ts',
      name: 'a batch > reads what it remembers before it passes an outcome over',
    },
  },
  {
    name: 'restock-at-a-live-location',
    mechanism: 'what comes back to a location that is gone lies at the main one',
    file: `${folder}/consume-stock.ts`,
    source: 'location?.deletedAt !== null) return mainId;',
    replacement: 'false) return mainId;',
    test: integration('a return > to a location that was deleted meanwhile lies at the main one'),
  },
  {
    name: 'restock-meets-deletion',
    mechanism: 'what comes back to where nothing was writes the location, so that a deletion runs into it',
    file: 'services/inventory/src/on-batch.ts',
    source: 'if (documents) noteArrivals(book, documents);',
    replacement: '',
    test: integration('a return > opens a level at its location, which a deletion of the location runs into'),
  },
];
