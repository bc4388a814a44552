// Mechanisms of locations, of orders that are served from several, and of transfers.
import type { Mutant, MutantTest } from './mutant.ts';

const inventory = 'services/inventory/src';
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${inventory}/${file}`, name });
const locations = (name: string): MutantTest => ({
  project: 'integration',
  file: `${inventory}/locations/locations.int.test.ts`,
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
    file: `${inventory}/on-batch.ts`,
    source: 'locations.size <= 1 && [...locations].every((locationId) => priorityOf(locationId) === first)',
    replacement: 'first > 0',
    test: locations('stock at a second location > serves orders by priority, at once when it is new or comes first'),
  },
];
