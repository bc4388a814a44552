// Mechanisms of locations, of orders that are served from several, and of transfers.
import type { Mutant, MutantTest } from './mutant.ts';

const inventory = 'services/inventory/src';
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${inventory}/${file}`, name });
const locations = (name: string): MutantTest => ({
  project: 'integration',
  file: `${inventory}/locations/locations.int.test.ts`,
  name,
});
const transferring = (name: string): MutantTest => ({
  project: 'integration',
  file: `${inventory}/transfers/transfers.int.test.ts`,
  name,
});
const serving = (name: string) => unit('reservations/reserve-from-locations.test.ts', name);

export const locationMutants: readonly Mutant[] = [
  {
    name: 'location-touch',
    mechanism: 'stock that comes to where none was writes the location, which a deletion writes too',
    file: `${inventory}/stock/arrivals.ts`,
    source: 'documents.write(locationKind, after, events);',
    replacement: 'void [after, events];',
    test: locations('stock at a second location > is written with its location, so that a deletion runs into it'),
  },
  {
    name: 'location-names',
    mechanism: "decisions on a tenant's locations follow one another, because each writes the main location",
    file: `${inventory}/locations/create-location.ts`,
    source: 'await locations.saveAll([lock, created], session);',
    replacement: 'void lock;\n        await locations.saveAll([created], session);',
    test: locations('many at once > leave one location of a name, and no more than a tenant may have'),
  },
  {
    name: 'location-second-level',
    mechanism: 'a second level of a variant writes the main one, so that whoever knew it at one location finds out',
    file: `${inventory}/stock/arrivals.ts`,
    source: 'if (before === undefined) book.touch(',
    replacement: 'if (before === undefined) void (',
    test: locations('stock at a second location > serves orders by priority, at once when it is new or comes first'),
  },
  {
    name: 'allocation-tiers',
    mechanism: 'an order is served by the lowest priority first',
    file: `${inventory}/reservations/allocate.ts`,
    source: 'a.priority - b.priority ||',
    replacement: 'b.priority - a.priority ||',
    test: serving('an order > is served by the first priority'),
  },
  {
    name: 'allocation-parcels',
    mechanism: 'among locations of one priority an order is served with the fewest parcels',
    file: `${inventory}/reservations/allocate.ts`,
    source: 'if (gives(chosen)) return [...free, ...chosen];',
    replacement: 'void gives(chosen);',
    test: serving('an order > is served with the fewest parcels'),
  },
  {
    name: 'allocation-whole',
    mechanism: 'a line is refused only when all locations together are short, and then nothing is held',
    file: `${inventory}/reservations/reserve-stock.ts`,
    source: 'if (shortages.length > 0) {',
    replacement: 'if (shortages.length === lines.length) {',
    test: serving('an order > holds nothing when one line is short of what all locations have together'),
  },
  {
    name: 'allocation-best-guess',
    mechanism: 'an order that a location of a lower priority would serve is decided on levels that are read',
    file: `${inventory}/decide-batch.ts`,
    source: 'locations.size <= 1 && [...locations].every((locationId) => priorityOf(locationId) === first)',
    replacement: 'first > 0',
    test: locations(
      'stock at a second location > serves what was brought to it behind the back of who decides on orders',
    ),
  },
  {
    name: 'transfer-nowhere',
    mechanism: 'what is on the way is on hand nowhere: shipping takes from the source',
    file: `${inventory}/transfers/step-transfer.ts`,
    source: 'units: -quantity }',
    replacement: 'units: 0 * quantity }',
    test: transferring('a transfer > leaves one location, is nowhere on the way, and arrives at the other'),
  },
  {
    name: 'transfer-returns',
    mechanism: 'a transfer that is cancelled after shipping returns to its source',
    file: `${inventory}/transfers/step-transfer.ts`,
    source: "to === 'CANCELLED' && before.status === 'SHIPPED'",
    replacement: "to === 'CANCELLED' && before.status === 'RECEIVED'",
    test: transferring('a transfer > that is cancelled on its way returns to its source'),
  },
  {
    name: 'transfer-draft-moves-nothing',
    mechanism: 'a draft that is cancelled returns nothing, because nothing has left',
    file: `${inventory}/transfers/step-transfer.ts`,
    source: "to === 'CANCELLED' && before.status === 'SHIPPED'",
    replacement: "to === 'CANCELLED'",
    test: transferring('a transfer > that is cancelled on its way returns to its source, and as a draft moves nothing'),
  },
  {
    name: 'transfer-reserved',
    mechanism: 'a transfer takes no stock that is reserved',
    file: `${inventory}/transfers/step-transfer.ts`,
    source: '[level.onHand, availableOf(level)]',
    replacement: '[level.onHand, level.onHand + 0 * availableOf(level)]',
    test: transferring('a transfer > takes no more than is there and not reserved'),
  },
  {
    name: 'transfer-keeps-locations',
    mechanism: 'a location stays while something is on the way to or from it',
    file: `${inventory}/locations/delete-location.ts`,
    source: 'variantIds.length + transferIds.length > 0',
    replacement: 'variantIds.length > 0',
    test: transferring('a transfer > keeps both of its locations while it is on the way'),
  },
  {
    name: 'transfer-transitions',
    mechanism: 'a step takes effect once, because its status allows it once',
    file: `${inventory}/transfers/step-transfer.ts`,
    source: 'assertCanBecome(before, to);',
    replacement: '',
    test: transferring('many at once > of one step take effect once'),
  },
];
