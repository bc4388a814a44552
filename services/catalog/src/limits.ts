// Every bound of the service, with its reason.

/** Categories and products that the refusal to delete a category names: enough to see what they are. */
export const categoryUsersShownMax = 10;
/**
 * Rows of a bulk upsert in one transaction: so many take some 100 ms, well inside the 5 s that a transaction may take,
 * and the cost of a commit hardly shows in them.
 */
export const upsertChunkMax = 200;
/**
 * Variants that one such transaction reads and may write because their products change: past it the chunk is halved.
 */
export const upsertMembersMax = 2_000;
/** Times that a chunk is read and decided again after somebody else took an id or SKU of it; then it is halved. */
export const upsertAttemptsMax = 3;
/** Time for one transaction with its repetitions; halves get it anew. */
export const upsertChunkMs = 3_000;
/**
 * Products that bulk upserts created under one name, one after another was archived or renamed: past it a new one gets
 * a random id, and two upserts at once may create two.
 */
export const upsertGenerationsMax = 16;
/**
 * Products that a chunk of rows reads by their names: names are usually unique, and past it one of each name is read.
 */
export const namesakesMax = 1_000;
/** The past of the hit ratio counts half after this: a look at the process shows the last minutes. */
export const ratioHalfLifeMs = 60_000;
