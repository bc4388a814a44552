// Stock that comes to a location, over levels and documents in memory.
// Invariants: stock comes to live locations only. A level that had nothing and gets something writes the document of
// its location, which a deletion of the location writes too: of the two one decides again. The main location cannot be
// deleted and is left out. A second level of a variant also writes the main one, so that whoever knew the variant at
// one location finds out.
import { DomainError } from '@holdfast/shared/errors';
import type { Cause } from '@holdfast/shared/values';
import { type Location, mainLocationIdOf, withArrival } from '../locations/location.ts';
import type { StockBook } from './stock-book.ts';
import type { DocumentKind, StockDocuments } from './stock-documents.ts';
import { levelIdOf } from './stock-level.ts';

/** The documents of locations that commands decide on. */
export const locationKind: DocumentKind<Location> = { name: 'locations' };

export type StockPlace = { tenantId: string; variantId: string; locationId: string };

/** What a command has to read to bring stock to a place. */
export function documentsOfPlace({ tenantId, locationId }: Omit<StockPlace, 'variantId'>): Record<string, string[]> {
  return locationId === mainLocationIdOf(tenantId) ? {} : { [locationKind.name]: [locationId] };
}

/**
 * Sees to it that a known variant has a level at a live location; one that is new is stored with its first posting.
 * Throws `unknown_location`.
 */
export function prepareLevel(place: StockPlace, book: StockBook, documents: StockDocuments): void {
  const { tenantId, variantId, locationId } = place;
  const mainId = mainLocationIdOf(tenantId);
  if (locationId === mainId) return;
  const location = documents.find(locationKind, { tenantId, id: locationId });
  if (location?.deletedAt !== null) throw new DomainError('unknown_location');
  // Whatever has a level has one at the main location: there the catalog's event has opened it.
  const main = levelIdOf(tenantId, variantId, mainId);
  if (book.level(main)) book.offer(tenantId, variantId, locationId);
}

/** After all decisions of a batch: writes what others have to notice. */
export function noteArrivals(book: StockBook, documents: StockDocuments, cause: Cause = {}): void {
  const locations = new Map<string, Location>();
  for (const { before, after } of book.levelChanges()) {
    const { tenantId, variantId, locationId } = after;
    const mainId = mainLocationIdOf(tenantId);
    if (locationId === mainId) continue;
    if (before === undefined) book.touch(levelIdOf(tenantId, variantId, mainId), cause);
    if ((before?.onHand ?? 0) > 0 || after.onHand === 0) continue;
    const location = documents.find(locationKind, { tenantId, id: locationId });
    if (location === undefined) throw new Error(`stock comes to ${locationId}, which was not read`);
    locations.set(location.id, location);
  }
  for (const location of locations.values()) {
    const { after, events } = withArrival(location);
    documents.write(locationKind, after, events);
  }
}
