// Every bound of auth, with its reason. Times are in the unit that the name ends with.

export const dayMs = 24 * 3_600_000;

/** An access token lives this long; a revocation has to be remembered at least as long. */
export const accessTokenSeconds = 600;
/**
 * How far back revocations are served: the life of an access token and half of it again for clocks and slow readers.
 */
export const revocationWindowMs = 15 * 60_000;
/** How often this process looks for sessions that another replica ended; far below the promised 5 s. */
export const revocationPollMs = 1_000;
/** Read again this far behind the newest one seen: a commit may become visible after a later one. */
export const revocationOverlapMs = 10_000;
/** Revocations in one answer or poll; a reader goes on from `upTo`. */
export const revocationPageMax = 5_000;

/** A refresh token that nobody uses for this long is dead. */
export const refreshTokenIdleMs = 30 * dayMs;
/**
 * For this long a used refresh token still gives its successor: tabs and retries come within seconds, and a thief who
 * comes in them is noticed at the next refresh.
 */
export const refreshGraceMs = 10_000;
/** A session ends at last after this time, however often it is refreshed. */
export const sessionMaxMs = 90 * dayMs;
/** Expired sessions are kept this long, for those who ask what happened. */
export const sessionRetentionMs = dayMs;
/** How often expired sessions are removed. */
export const purgeEveryMs = 10 * 60_000;
/** Sessions in one removal: a short command. */
export const purgeBatchMax = 1_000;
/** Removals in one run; what is left waits for the next. */
export const purgeBatchesMax = 20;

/** What is kept of a client's name of itself, to be shown in the list of sessions. */
export const userAgentLengthMax = 256;
/** The longest text of an IP address. */
export const addressLengthMax = 45;

/** Entries of the index of names in one step of a search. */
export const searchKeysMax = 1_000;

/** Users that can be asked for by their ids at once. */
export const idsMax = 100;

/** No request that began before a user was erased still writes after this: tokens die in 5 s, requests end in 30 s. */
export const erasureSettleMs = 2 * 60_000;
/** Erased users that one pass looks at, and how often it does. */
export const erasureBatchMax = 100;
export const erasureEveryMs = 30_000;
/** Sessions of an erased user in one write. */
export const erasedSessionsMax = 500;

/** Users that `role_in_use` names. */
export const usersNamedMax = 20;

/** Random bytes of an API key, as of a refresh token. */
export const apiKeySecretBytes = 32;
/** The last use of an API key is written at most this often. */
export const apiKeyUseNotedMs = 5 * 60_000;

/** Random bytes of a refresh token: it cannot be guessed, so a plain hash of it is enough. */
export const refreshSecretBytes = 32;

/** Hashes that may wait per process, and of one business: at 2 threads and 0.1 s each its last one waits some 3 s. */
export const passwordQueueMax = 256;
export const passwordQueueShareMax = 64;
/** Threads that hash. One hash keeps one core busy for about 0.1 s, so more threads would starve the event loop. */
export const passwordThreadsMax = 2;
/** When a client may come back after `busy`. */
export const passwordRetrySeconds = 2;

/** How often keys are read again, so that a replica learns a key that another one has added. */
export const keysReloadMs = 10_000;
/**
 * A new key is published for this long before it signs: the other replicas, whoever may cache the key set (60 s), and
 * every verifier (60 s) have read it by then.
 */
export const keyLeadMs = 5 * 60_000;
/** A key is verified with for this long after its successor began to sign: its last tokens, and clocks that differ. */
export const keyOverlapMs = accessTokenSeconds * 1_000 + 2 * 60_000;
/** How often it is looked whether the current key is due to be replaced. */
export const keysDueEveryMs = 10 * 60_000;
/** Keys that are read at once: the current one, the next, and a few that are still verified with. */
export const keysMax = 16;

/** Below this a stolen hash is too cheap to attack. */
export const passwordCostMinInProduction = 10;

/** Random bytes of a token that is mailed: it cannot be guessed, so a plain hash of it is enough. */
export const mailTokenBytes = 32;
/** A link that sets a password is good for one sitting: whoever reads the mailbox later must find it dead. */
export const resetTokenMs = 30 * 60_000;
/** An invitation has to outlive a week off. */
export const invitationMs = 7 * 24 * 3_600_000;
/** Nothing depends on a verified address, so its link may wait for the next day. */
export const verificationMs = 24 * 3_600_000;
/** A notice that could not be sent for so long is no news any more. */
export const noticeMs = 24 * 3_600_000;
/**
 * Mails of one kind to one mailbox, of a business, within `mailWindowMs`:
 * nobody's mailbox is filled by somebody who knows an address.
 */
export const mailsPerWindowMax = 3;
export const mailWindowMs = 3_600_000;
/** Invitations, and mails to verify an address, of a business in that time: it is no way to mail to strangers. */
export const strangersPerWindowMax = 500;

/** How often due mails are looked for: what a person who waits for a mail does not notice. */
export const mailsEveryMs = 1_000;
/** Mails that are sent at once; connections are fewer, the rest waits in the pool. */
export const sendBatchMax = 20;
/** Batches in one run; what is left waits for the next. */
export const sendBatchesMax = 25;
/** One attempt to send, from the connection to the server's acceptance. */
export const sendMs = 15_000;
/**
 * A claimed mail belongs to its process for so long. Longer than an attempt and the whole run that it is a part of, so
 * that only a process that died in between lets a second one send it.
 */
export const claimMs = 120_000;
/** The wait after the first failed attempt, doubled with each further one, of which a random half is left out. */
export const retryFirstMs = 4_000;
export const retryMaxMs = 5 * 60_000;
/** Expired mails that are closed in one run. */
export const expiredBatchMax = 500;
/** Connections to the mail server per process. */
export const smtpConnectionsMax = 4;
/** Waits for a mail server: to connect, for its greeting, and between two answers. */
export const smtpConnectMs = 5_000;
export const smtpAnswerMs = 10_000;
/** The mail log of development starts anew beyond this; one former file is kept. */
export const mailLogBytesMax = 10 * 1024 * 1024;

/** A request for a reset that nobody could look at for so long is dropped: whoever asked has asked anew. */
export const resetRequestMs = 30 * 60_000;
/** Requests for a reset in one command, and commands in one run. */
export const resetRequestBatchMax = 100;
export const resetRequestBatchesMax = 10;
