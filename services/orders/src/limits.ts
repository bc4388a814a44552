// Every bound of the service, with its reason.
import { decisionWaitSeconds } from '@holdfast/shared/contracts';

/** Orders in one insert: larger batches gain nothing measurable and hold the first order back longer. */
export const insertOrderCountMax = 256;
/** Bytes in one insert, so that one command stays far below MongoDB's 48 MB message. */
export const insertBytesMax = 4 * 1024 * 1024;
/** Orders that wait for an insert; beyond that 503. */
export const insertWaitingCountMax = 10_000;
/**
 * Requests of a process that wait for a decision; beyond that they are answered at once, with 202 or the order as it
 * is. Each holds a connection of the gateway meanwhile,
 * which leaves 1,024 of those to orders to requests that wait: what two processes let wait.
 */
export const requestsWaitingMax = 512;
/** Of one tenant, as at the gateway; a flash sale of one shop is measured with as many. */
export const requestsWaitingPerTenantMax = 256;
/** Of these, reads with `Prefer: wait`: they can be repeated, so placements come first. */
export const readsWaitingMax = 128;
export const readsWaitingPerTenantMax = 32;
/** Undecided orders per tenant; beyond that 503, so that one tenant cannot fill the stream. */
export const undecidedPerTenantMax = 5_000;
/** How often a process counts the undecided orders anew. */
export const undecidedRefreshMs = 2_000;
/** Orders that a process remembers until they are decided; a few KiB each. */
export const recentOrderCountMax = 10_000;
/** How long a variant counts as sold out after the event that reported it. */
export const soldOutMs = 1_000;
/** Variants that are remembered as sold out. */
export const soldOutCountMax = 10_000;
/** The wait for a decision when the client names none. */
export const decisionWaitMs = decisionWaitSeconds * 1_000;
/** Nothing decided for this long while orders wait: new ones without `Prefer: wait` get 202 at once. */
export const decisionStallMs = 2_000;
/** Reads of single orders that share one command. */
export const readCountMax = 256;
export const readWaitingCountMax = 20_000;
/** Variant lookups that share one command. */
export const lookupCountMax = 256;
export const lookupWaitingCountMax = 20_000;
/** Variants in the cache, and for how long; an event of the catalog removes a variant before that. */
export const variantCacheCountMax = 20_000;
export const variantCacheMs = 60_000;
/**
 * How old what is known of the catalog may be for an order to be priced by it; a price that was changed longer ago than
 * that is not sold at. An idle MongoDB moves its clock, and with it the proof that nothing has changed, every 10 s:
 * below 30 s quiet catalogs would refuse.
 */
export const priceStalenessMs = 60_000;
/** Settings of tenants are read again after this: a change is in force within 10 s, event and all. */
export const tenantSettingsMs = 5_000;
/** Tenants whose settings are kept in memory, about 100 bytes each. */
export const tenantSettingsCountMax = 50_000;
/** When to come back after an order could not be priced: outages of the streams last seconds. */
export const priceRetrySeconds = 5;
/** How long an order that another request is inserting is read again before it counts as unknown. */
export const replayReadMs = 2_000;
export const replayRetryMs = 20;
/** A request without an answer is re-emitted after this time. */
export const reminderAfterMs = 30_000;
/** How often a request is re-emitted; after that only the alarm remains. */
export const reminderCountMax = 3;
/** The sweep for due orders: how often, and rows of a page. */
export const sweepEveryMs = 2_000;
export const sweepRowCountMax = 500;
/**
 * Pages of one sweep, which goes on only behind orders that cannot be handled: more than one tenant can have undecided,
 * so that not even all of them being broken holds up the others.
 */
export const sweepPageCountMax = 12;
/** No order of a customer that was erased is placed after this: tokens die in 5 s, requests end in 30 s. */
export const erasureSettleMs = 2 * 60_000;
/** How often orders of erased customers are looked through; customers of one run, orders of one step. */
export const erasureEveryMs = 5_000;
export const erasedCustomersMax = 20;
export const erasedOrdersMax = 200;
/** Payments, refunds and authorisations of one order, each some 200 bytes: an order is read as a whole. */
export const paymentRecordCountMax = 200;
/** How often payments of one order are sent again under keys of their own, each an entry of its timeline. */
export const paymentRepeatCountMax = 200;
/** How long a payment provider's secret is good after another was set: who signs with it is told within a day. */
export const previousSecretMs = 24 * 60 * 60_000;
/** Attempts of a conditional write that another writer overtook. */
export const conflictAttemptsMax = 10;
/** Numbers of orders that are taken at once: what is lost of them when a process ends. */
export const numberBlockMax = 1_000;
/**
 * How long a block of numbers should last: about one write of the counter in that time, for each busy business. Fifty
 * businesses with five orders a second each would write one for every five orders at a second.
 */
export const numberBlockMs = 5_000;
/** Businesses whose blocks are in memory; the rest of one that is forgotten is a gap. */
export const numberedTenantsMax = 50_000;
/** Numbers given back and not yet given out again, for each business. */
export const returnedNumbersMax = 1_000;

/** Orders of a page of an export: about a kilobyte each. */
export const exportPageMax = 500;
/** Orders of one answer to a reconciliation. */
export const reconciledOrdersMax = 200;

/** Parcels of an order: delivering it publishes one event for each, and a change may carry 64. */
export const fulfilmentsMax = 50;
/** Lines of all parcels of an order: its snapshot and its delivery tell all of them, in at most 256 KiB. */
export const shippedLinesMax = 1_200;
/** Returns of an order, and lines of what came back with all of them: the snapshot tells these beside the parcels. */
export const returnsMax = 50;
export const returnedLinesMax = 400;
