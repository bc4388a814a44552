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
export const upsertChunkMs = 5_000;
/** Rows of a request that nobody could store by then are `busy`: its client waits 30 s at most. */
export const bulkUpsertMs = 15_000;
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

/** Columns of an imported file: those that are known, and as many options as anybody has, with room for blank ones. */
export const columnCountMax = 64;
/** Bytes of a header line: as many names of columns, in any script. */
export const headerBytesMax = 16_384;
/** Bytes of a row: a description of 10,000 characters takes 40,000; one cell that never ends must not fill memory. */
export const recordBytesMax = 131_072;
/** Columns that a message names; who has more at fault has another file. */
export const columnsNamedMax = 20;
/** Characters of a client's own text that a message repeats. */
export const echoedTextMax = 100;

/** A part of an upload to S3: the smallest that S3 takes, so that memory stays small; 10,000 parts are 50 GB. */
export const s3PartBytes = 5 * 1_048_576;
export const s3PartsAtOnce = 2;
/** The job that uses a file is retried later anyway. */
export const s3AttemptsMax = 3;
/** Without a byte from S3 for so long, a request is given up. */
export const s3SocketMs = 10_000;

/** The progress of a job is told this often at most, by events and at sockets. */
export const toldEveryMs = 1_000;
/** Pauses before a job is tried again after somebody whom it needs was down. */
export const retryPauseMinMs = 1_000;
export const retryPauseMaxMs = 60_000;
/** A job that has waited for others for so long is given up: nobody expects its outcome any more. */
export const jobPatienceMs = 24 * 3_600_000;
/** A job that ended early for a reason of its own so many times in a row is given up. */
export const jobAttemptsMax = 5;
/**
 * Without a sign for so long, a job counts as abandoned and another process takes it on; a step takes about a second,
 * and some when the machine is busy.
 */
export const abandonedAfterMs = 30_000;
/** While a job only reads, it says this often that it is not abandoned. */
export const heartbeatMs = 5_000;
/** How often jobs are looked for that the queue has lost, and how many at once. */
export const jobSweepEveryMs = 2_000;
export const jobSweepRowsMax = 200;
/** Unfinished imports, and exports, of one tenant. */
export const openJobsMax = 20;
/** Times that a place is looked for after others took it in the same moment; each time somebody has got one. */
export const placeAttemptsMax = 2 * openJobsMax;
/** Jobs of a kind that a process runs at once; each takes some 30 MB, and a database has other things to do. */
export const importsAtOnce = 2;
export const exportsAtOnce = 2;
/** An import that comes after another of its tenant asks again after so long. */
export const turnPauseMs = 2_000;

/**
 * Imports and exports that ended so long ago go, with the errors of their rows: longer than any file of an export is
 * kept (EXPORT_RETENTION_DAYS, at most 365).
 */
export const endedJobsKeptMs = 400 * 86_400_000;
/** Answers of bulk upserts that came with a key: who sends that key again later has the rows looked at anew. */
export const upsertRecordsKeptMs = 90 * 86_400_000;
/** The purge of ended jobs: how often, and how many of a kind at a time; each import has 10,000 errors at most. */
export const purgeEveryMs = 600_000;
export const purgedJobsMax = 100;
/** A file that nothing was added to for so long is not being written: an upload may take ten minutes. */
export const unfinishedFileMs = 6 * 3_600_000;
/** Unfinished files that are removed at a time. */
export const unfinishedRemovedMax = 1_000;

/** Rows that are applied before an import says how far it is: a bulk upsert of products has as many. */
export const productRowsMax = 1_000;
/** Counts are decided one by one, in a request to inventory that must be answered in time. */
export const countRowsMax = 250;
/** Of the rows that fail so many are named; the count of all is exact. */
export const errorsKeptMax = 10_000;
/** Errors that are read at once while they are sent. */
export const errorsPageMax = 1_000;
/** An answer of inventory to a page of counts or rows, which it may have to decide in turn with orders. */
export const askTimeoutMs = 15_000;
/** Variants that an export reads at once; more than one product has, so that each page ends with whole ones. */
export const productPageMax = 1_000;
/** Rows that another service is asked for at once; of orders a page may take a megabyte. */
export const remotePageMax = 500;
/** Products that a conversion reads at a time; it writes them one by one. */
export const conversionBatchMax = 500;
/** Characters of a word that count, in what is searched and in a search alike. */
export const wordLengthMax = 64;
/** Words of a description that a product is found by: each is an entry in three indexes. */
export const descriptionWordsMax = 200;
/**
 * Characters of the longest beginning of an SKU that finds it; longer ones find it only as a whole. Each is an entry in
 * an index for the variant, and in three for its product.
 */
export const prefixLengthMax = 24;
/** Index entries of one term that a search for several reads at a time, at first and later. */
export const candidatesFirst = 128;
export const candidatesMax = 1_024;
/**
 * Index entries of its rarest term that one page of such a search looks at, in 50 to 100 ms: past it the page is
 * shorter than asked, and its cursor goes on from there.
 */
export const candidatesPerPageMax = 8_192;
/** Categories whose lists are merged by one query: the server sorts no more than 200 scans by merging. */
export const mergedTermsMax = 100;
/**
 * A path that changed so long before a product was written may still have been shown otherwise after it: clocks of
 * processes differ, and a transaction has its time from when it began.
 */
export const pathDoubtMs = 120_000;
/** Products that are filed under one category at once meet with this chance in one; its deletion writes them all. */
export const filingSlots = 16;
