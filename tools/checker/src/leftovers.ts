// I9 and the rest of I5: backlogs return to 0, nothing is left open by the dead, nothing was dead-lettered that should
// have been applied, and Redis holds no more keys than the platform has places for.
import { awaitPassed, awaitRest } from './backlog.ts';
import type { DatabaseNames, Reading, Row } from './installation.ts';
import { convergeMaxMs, redisKeysMax, transactionAgeMaxMs } from './limits.ts';
import type { Findings } from './violations.ts';

export type LeftoverOptions = {
  /** Nobody writes any more: the backlog has to be empty, not only to move. */
  atRest: boolean;
  /** How long the backlog may take; default 60 s. */
  convergeMs?: number;
};

/** Waits for the backlog, which makes what is read afterwards comparable across services. */
export async function checkBacklog(reading: Reading, findings: Findings, options: LeftoverOptions): Promise<void> {
  const { atRest, convergeMs = convergeMaxMs } = options;
  const { rested, tookMs, left } = await (atRest ? awaitRest : awaitPassed)(reading, convergeMs);
  if (rested) return;
  const report = (kind: string, id: string, detail: string) =>
    findings.add({ invariant: 'I9', kind, tenantId: '-', id, detail });
  const after = `after ${Math.round(tookMs / 1_000)} s`;
  if (left.undecided > 0) report('backlog.undecided', 'orders', `${left.undecided} orders undecided ${after}`);
  for (const stream of left.unpublished) report('backlog.unpublished', stream, `its relay is behind ${after}`);
  for (const pair of left.unread) report('backlog.unread', pair, `its consumer is behind ${after}`);
}

/** Transactions that nobody can commit any more. */
export async function checkTransactions(
  { client }: Reading,
  findings: Findings,
  ageMaxMs: number = transactionAgeMaxMs,
): Promise<void> {
  const isOld = { 'transaction.timeOpenMicros': { $gt: ageMaxMs * 1_000 } };
  const operations = client
    .db('admin')
    .aggregate([{ $currentOp: { allUsers: true, idleSessions: true } }, { $match: isOld }], {
      readConcern: { level: 'local' },
    });
  for await (const operation of operations) {
    const { timeOpenMicros } = operation.transaction as { timeOpenMicros: number };
    const id = String(operation.lsid?.id ?? operation.opid ?? 'unknown');
    const detail = `open for ${Math.round(Number(timeOpenMicros) / 1_000_000)} s by ${operation.appName ?? 'somebody'}`;
    findings.add({ invariant: 'I9', kind: 'transaction.open', tenantId: '-', id, detail });
  }
}

/** Leases that never end, and more keys than there can be. */
export async function checkRedisKeys({ redis }: Reading, findings: Findings): Promise<number> {
  const report = (kind: string, id: string, detail: string) =>
    findings.add({ invariant: 'I9', kind, tenantId: '-', id, detail });
  const keys = await redis.dbsize();
  if (keys > redisKeysMax) report('redis.keys', 'redis', `${keys} keys, more than ${redisKeysMax}`);
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', 'lease:*', 'COUNT', 1_000);
    cursor = next;
    for (const lease of found) if ((await redis.pttl(lease)) === -1) report('lease.orphan', lease, 'it never ends');
  } while (cursor !== '0');
  return keys;
}

type Letter = Row & { domain: string; partition: number; entryId: string; error: string };

/** Events that a consumer gave up on. `expected` names the entries (`<domain>:<partition>:<id>`) that deserve it. */
export async function checkDeadLetters(
  reading: Reading,
  findings: Findings,
  expected: ReadonlySet<string>,
): Promise<number> {
  let letters = 0;
  const consumers: (keyof DatabaseNames)[] = ['inventory', 'orders', 'realtime'];
  for (const consumer of consumers) {
    for await (const letter of reading.rows<Letter>(consumer, 'dead_letters')) {
      letters += 1;
      if (expected.has(`${letter.domain}:${letter.partition}:${letter.entryId}`)) continue;
      const { _id: id, tenantId, error } = letter;
      findings.add({ invariant: 'I5', kind: 'event.dead_letter', tenantId, id, detail: error.slice(0, 200) });
    }
  }
  return letters;
}
