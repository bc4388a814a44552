// The errors of locations and of stock that moves between them: a part of the catalogue.
import { locationsMax, receiptsMax, supplierItemsMax } from '../contracts/bounds.ts';
import type { ErrorEntry } from './identity-errors.ts';

export const stockErrors = {
  location_taken: {
    status: 409,
    title: 'Another location has this name',
    retryable: false,
    explanation:
      'Names of locations are unique in a tenant, whatever their case. `locationId` names the one that has it.',
  },
  too_many_locations: {
    status: 409,
    title: 'There are too many locations',
    retryable: false,
    explanation: `A tenant has at most ${locationsMax} locations; remove one that is empty.`,
  },
  unknown_supplier: {
    status: 422,
    title: 'The supplier is unknown',
    retryable: false,
    explanation: '`supplierId` names no supplier of your tenant, or an archived one: restore it first.',
  },
  over_receipt: {
    status: 409,
    title: 'More came than can be received',
    retryable: false,
    explanation:
      'Of a line at most what was ordered and the tolerance of the tenant over it can come, accepted or rejected, over all receipts together. `lines` names each with what is `remaining`.',
  },
  not_ordered: {
    status: 422,
    title: 'The purchase order has no such line',
    retryable: false,
    explanation: '`variantIds` names what was not ordered with this purchase order.',
  },
  too_many_receipts: {
    status: 409,
    title: 'The purchase order has too many receipts',
    retryable: false,
    explanation: `A purchase order has at most ${receiptsMax} receipts.`,
  },
  too_many_supplier_items: {
    status: 409,
    title: 'The supplier sells too many variants',
    retryable: false,
    explanation: `A supplier has at most ${supplierItemsMax} items; remove those that it does not sell any more.`,
  },
  last_location: {
    status: 409,
    title: 'The first location stays',
    retryable: false,
    explanation: 'New variants get their stock at the location that a tenant started with; it can be renamed.',
  },
  location_has_stock: {
    status: 409,
    title: 'The location has stock',
    retryable: false,
    explanation:
      'Only an empty location can go: move or adjust its stock first. `variantIds` names some variants that lie there, `transferIds` some transfers that are on the way to or from it.',
  },
  transfer_mismatch: {
    status: 422,
    title: 'More arrived than was shipped',
    retryable: false,
    explanation:
      '`lines` names what was not shipped, or not as many, with both numbers. Adjust what was found besides.',
  },
  reconciliation_running: {
    status: 409,
    title: 'A reconciliation is running',
    retryable: true,
    explanation:
      'One at a time runs of a tenant, beside that of the schedule: `reconciliationId` names it. What it finds can be repaired when its status is `done`.',
  },
  level_missing: {
    status: 409,
    title: 'The stock level of a variant is lost',
    retryable: false,
    explanation:
      'The ledger has movements that no level shows, so that nothing can be booked. A reconciliation finds it, and its repair makes the level from the ledger.',
  },
} as const satisfies Record<string, ErrorEntry>;
