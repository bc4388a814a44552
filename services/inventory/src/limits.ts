// Every bound of inventory, with its reason.

/** Commands on stock in one transaction: as many as one carries without holding the levels for long. */
export const stockBatchMax = 128;
/** Levels that they touch together; a larger command goes alone. */
export const stockBatchLevelsMax = 256;
/** Commands on stock that wait for a transaction in one process; beyond it callers get 503 and try later. */
export const stockCommandsWaitingMax = 1_000;
/** How long a batch of commands is decided again when the owner of the partition was faster. */
export const stockRetryMs = 5_000;
/**
 * Cooldown of a level before commands of this process change it again, as a multiple of what its last transaction took
 * and at most: the owner of its partition needs a while in which nobody changes it.
 */
export const levelCooldownFactor = 4;
export const levelCooldownMsMax = 500;
/** Movements looked up by what caused them: those of its newest requests, where it has changed very often. */
export const referencedMovementsMax = 10_000;
/** Locations of one priority among which the fewest parcels are found exactly; 255 choices for each order at most. */
export const exactTierMax = 8;
/**
 * Parcels and returns of an order that its reservation remembers, so that each takes effect once. Orders lets fewer
 * leave or come back; with 100 lines each they are some 2 MB.
 */
export const parcelsMax = 100;
export const restocksMax = 100;
/** Orders named when an adjustment would take reserved stock away. */
export const blockingOrdersMax = 100;
/** Variants and transfers named when a location cannot be removed. */
export const blockingVariantsMax = 20;
/** How long a forced change waits for orders to give back what it takes; product.md promises 60 s. */
export const withdrawalMs = 60_000;
/** Orders cancels nothing in the last of these seconds: what it gives back then could come too late. */
export const withdrawalSpareMs = 10_000;
/** Forced changes that wait for one level: each decision on the level looks at all of them. */
export const withdrawalsWaitingMax = 20;
/** Orders looked at, newest first, for what a forced change takes: with more than that it is refused. */
export const withdrawalOrdersMax = 100;
/** How often those orders are read again because others have come meanwhile. */
export const withdrawalAttemptsMax = 3;
/** The sweep for forced changes that are due: how often, and how many at a time. */
export const withdrawalSweepMs = 1_000;
export const withdrawalsSweptMax = 200;
/** Variants whose levels a process caches as it left them; about 300 bytes for each level. */
export const stockLevelCacheMax = 100_000;
/**
 * How long the levels of a variant that lies at several locations are known: as long may an order come from a location
 * that others have overtaken in the meantime.
 */
export const severalLevelsMs = 5_000;
/** How long a level that another writer changed is read for every batch. */
export const levelContestedMs = 1_000;

/** Counts of a file that are decided at once: the writer's queue has room for as many of four processes. */
export const importedCountsMax = 250;
/** Times that a count is decided anew because what was on hand has just changed; then the file's job sends it later. */
export const countAttemptsMax = 5;
/** Rows of a page of an export. Of stock a row is a variant with all of its levels. */
export const exportPageMax = 500;

/**
 * Levels of one page of a reconciliation: more than a variant can have locations, few enough for one short transaction.
 */
export const lookLevelsMax = 200;
/**
 * The version of a level that was lost and is made again: further than its movements by more than anybody ever writes a
 * level without one (reorder levels, withdrawals that wait), so that no reader takes it for older than what it knew.
 */
export const remadeVersionLift = 1_000;
/** Movements and reservations that one answer of the database brings. */
export const ledgerReadMax = 1_000;
export const heldReadMax = 500;
/** Gaps of one ledger that are told, and movements that are put back. */
export const ledgerGapsMax = 10;
export const ledgerMissingMax = 100;
/** Orders asked for in one request. */
export const askedOrdersMax = 200;
/** What a first look may suspect before it is broken off: a document is far below 16 MB then. */
export const suspectsMax = 2_000;
/** Suspects of one step of the second look. */
export const confirmedAtOnceMax = 50;
/** Differences that are kept; their number is counted on. */
export const differencesMax = 200;
/** How long a page may take before another process takes a reconciliation for abandoned. */
export const reconciliationLeaseMs = 30_000;
/** A page that cannot be done now (orders is down, events are on their way) is tried again, for five minutes. */
export const reconciliationRetryMs = 2_000;
export const reconciliationAttemptsMax = 150;
/** Reconciliations that a process runs at once: a tenant's orders come first. */
export const reconciliationsAtOnce = 2;
/** The sweep for what is due: how often, and how many at a time. */
export const reconciliationSweepMs = 1_000;
export const reconciliationsSweptMax = 100;
/** Reconciliations that ended so long ago go; how often that is looked for, and how many go at a time. */
export const reconciliationsKeptMs = 400 * 86_400_000;
export const reconciliationsPurgeMs = 600_000;
export const reconciliationsPurgedMax = 500;
/** How often a repair is decided again when its level changes meanwhile. */
export const repairAttemptsMax = 5;
/** The schedule: how often it looks, at how many locations at a time, how late a reconciliation may start. */
export const scheduleEveryMs = 60_000;
export const scheduleReadMax = 500;
export const scheduleLateMs = 2 * 3_600_000;
/** A receipt waits so long for another one on the same purchase order: then it is decided beside it. */
export const receiptLockAttemptsMax = 10;
export const receiptLockRetryMs = 50;
/** Longer than a receipt is decided for. */
export const receiptLockMs = 10_000;
/** Businesses of which an operator starts a reconciliation with one request. */
export const operatorTenantsMax = 100;
/** Repairs of a reconciliation whose Idempotency-Keys are remembered. */
export const repairKeysMax = 50;
