// All checks in one call, against a live installation: the chaos runner, the benchmark and tests use this.
// Invariant: it reads only, and it never throws for what it finds.
import { setTimeout as delay } from 'node:timers/promises';
import { type Attempt, checkHistory, type HistoryCounts } from './history.ts';
import { type Installation, openInstallation, type Reading } from './installation.ts';
import { checkBacklog, checkDeadLetters, checkRedisKeys, checkTransactions } from './leftovers.ts';
import { checkProjections } from './projections.ts';
import { checkPublicLog, type LogCounts } from './public-log.ts';
import { checkReservations } from './reservations.ts';
import { checkSocketHistory, type Heard } from './socket-history.ts';
import { checkStockBooks, type StockCounts } from './stock-books.ts';
import { createFindings, type Findings, type Invariant, look, type Violation } from './violations.ts';

export type CheckOptions = {
  /** Nobody writes any more. Otherwise only what two looks find is reported. Default true. */
  atRest?: boolean;
  /** Time between two looks while others write; default 30 s. */
  againAfterMs?: number;
  /** How long the backlog may take; default 60 s. */
  convergeMs?: number;
  /** How old an open transaction may be; default 10 s. */
  transactionAgeMaxMs?: number;
  /** What clients were told; needs `atRest`. */
  history?: readonly Attempt[];
  /** Whether `history` holds every order that its callers ever asked for: then any other of theirs is a violation. */
  isComplete?: boolean;
  /** What sockets heard. */
  heard?: readonly Heard[];
  /** Ids of aggregates that exist in forged events only. */
  forged?: ReadonlySet<string>;
  /** Stream entries that belong into the dead letters: `<domain>:<partition>:<entry id>`. */
  poison?: ReadonlySet<string>;
};

export type CheckReport = {
  violations: readonly Violation[];
  counts: Readonly<Record<Invariant, number>>;
  total: number;
  /** How much was looked at. */
  seen: {
    stock: StockCounts;
    log: LogCounts;
    history: HistoryCounts;
    orders: number;
    variants: number;
    redisKeys: number;
    deadLetters: number;
  };
  tookMs: number;
};

const nothing: ReadonlySet<string> = new Set();
const onlineAgainMs = 30_000;

/** Checks I1 to I6, I8 and I9. Throws only when MongoDB cannot be reached at all. */
export async function checkInstallation(installation: Installation, options: CheckOptions = {}): Promise<CheckReport> {
  const reading = await openInstallation(installation);
  try {
    const first = await lookAtAll(reading, options);
    if (options.atRest !== false || first.total === 0) return first;
    await delay(options.againAfterMs ?? onlineAgainMs);
    return seenTwice(first, await lookAtAll(reading, options));
  } finally {
    await reading.close();
  }
}

async function lookAtAll(reading: Reading, options: CheckOptions): Promise<CheckReport> {
  const startedMs = performance.now();
  const { atRest = true, convergeMs, history = [], heard = [], forged = nothing, poison = nothing } = options;
  const findings = createFindings();
  const seen: CheckReport['seen'] = {
    stock: { levels: 0, movements: 0, reservations: 0, oversoldUnits: 0 },
    log: { tenants: 0, events: 0, longestDelayMs: 0 },
    history: { acknowledged: 0, lost: 0, duplicated: 0 },
    orders: 0,
    variants: 0,
    redisKeys: 0,
    deadLetters: 0,
  };
  const backlog = { atRest, ...(convergeMs === undefined ? {} : { convergeMs }) };
  await look(findings, 'I9', 'backlog', () => checkBacklog(reading, findings, backlog));
  await look(findings, 'I9', 'transactions', () => checkTransactions(reading, findings, options.transactionAgeMaxMs));
  await look(findings, 'I1', 'stock', async () => {
    seen.stock = await checkStockBooks(reading, findings);
  });
  await look(findings, 'I4', 'reservations', async () => {
    seen.orders = await checkReservations(reading, findings, { forgedOrders: forged });
  });
  await look(findings, 'I5', 'public log', async () => {
    seen.log = await checkPublicLog(reading, findings, forged);
  });
  await look(findings, 'I5', 'projections', async () => {
    seen.variants = await checkProjections(reading, findings, forged);
  });
  await look(findings, 'I5', 'dead letters', async () => {
    seen.deadLetters = await checkDeadLetters(reading, findings, poison);
  });
  await look(findings, 'I9', 'redis', async () => {
    seen.redisKeys = await checkRedisKeys(reading, findings);
  });
  await look(findings, 'I2', 'history', async () => {
    seen.history = await checkHistory(reading, findings, { history, isComplete: options.isComplete ?? false });
  });
  await look(findings, 'I8', 'sockets', async () => checkSocketHistory(heard, findings));
  return reportOf(findings, seen, startedMs);
}

function reportOf({ list, counts }: Findings, seen: CheckReport['seen'], startedMs: number): CheckReport {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { violations: list, counts, total, seen, tookMs: Math.round(performance.now() - startedMs) };
}

/** What both looks found: a difference that is only on its way is gone at the second look. */
function seenTwice(first: CheckReport, second: CheckReport): CheckReport {
  const nameOf = ({ invariant, kind, tenantId, id }: Violation) => `${invariant} ${kind} ${tenantId} ${id}`;
  const before = new Set(first.violations.map(nameOf));
  const findings = createFindings();
  for (const violation of second.violations) if (before.has(nameOf(violation))) findings.add(violation);
  return reportOf(findings, second.seen, performance.now() - first.tookMs - second.tookMs);
}
