// Every bound of inventory, with its reason.

/** Adjustments decided in one transaction: as many as one transaction carries without holding the levels for long. */
export const adjustmentBatchMax = 128;
/** Adjustments that wait for a transaction in one process; beyond it callers get 503 and try later. */
export const adjustmentsWaitingMax = 1_000;
/** How long a batch of adjustments is decided again when the owner of the partition was faster. */
export const adjustmentRetryMs = 5_000;
/**
 * Cooldown of a level before this process adjusts it again, as a multiple of what its last transaction took and at
 * most: the owner of its partition needs a while in which nobody changes it.
 */
export const levelCooldownFactor = 4;
export const levelCooldownMsMax = 500;
/** Orders named when an adjustment would take reserved stock away. */
export const blockingOrdersMax = 100;
/** Levels that a process caches as it left them; about 300 bytes each. */
export const stockLevelCacheMax = 100_000;
/** How long a level that another writer changed is read for every batch. */
export const levelContestedMs = 1_000;
