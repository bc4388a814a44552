// The platform under load, ready to be hurt, and what is left to do after it: calm, and a look at everything.
// Invariant: `close` stops all that `openSession` started, whatever happened in between.
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { awaitRest, type CheckReport, checkInstallation, openInstallation } from '@holdfast/checker';
import { findSilent } from './answers.ts';
import { createChance } from './chance.ts';
import { type ChaosClient, createChaosClient } from './client.ts';
import { type Forger, openForger } from './forger.ts';
import { findDeaf } from './hearing.ts';
import { calmMs, convergeMs, paymentsEndMs } from './limits.ts';
import { type Listeners, startListening } from './listeners.ts';
import { type Market, openShops, type Shop, startTrading } from './market.ts';
import { keysBefore } from './report.ts';
import { type Rig, startRig } from './rig.ts';

export type SessionOptions = {
  seed: number;
  replicas: number;
  dataDir: string;
  /** One line of progress. */
  log: (line: string) => void;
  /** Stops the start when it aborts. */
  signal?: AbortSignal;
};

export type Session = {
  readonly rig: Rig;
  readonly shops: readonly Shop[];
  readonly client: ChaosClient;
  readonly listeners: Listeners;
  readonly forger: Forger;
  /** Resolves when orders of every tenant that were placed after `at` have been decided, or when the signal aborts. */
  untilServed(at: number, signal: AbortSignal): Promise<void>;
  /** Lets the buyers go on for a moment without faults; then ends the load, waits for rest and looks at everything. */
  conclude(): Promise<Conclusion>;
  /** Stops it all; the folder stays when something was wrong. */
  close(keep: boolean): Promise<void>;
};

export type Conclusion = {
  check: CheckReport;
  /** What is wrong beside the invariants. */
  flaws: string[];
};

/** Starts everything from an empty folder, with buyers buying and sockets listening. */
export async function openSession({ seed, replicas, dataDir, log, signal }: SessionOptions): Promise<Session> {
  const rig = await startRig({ dataDir, replicas, log, signal });
  const client = createChaosClient(rig.gatewayUrls);
  let listeners: Listeners | undefined;
  let forger: Forger | undefined;
  const close = async (keep: boolean) => {
    listeners?.stop();
    forger?.close();
    await rig.stop();
    if (keep) log(`logs and data are in ${dataDir}`);
    else rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const shops = await openShops(rig.gatewayUrls[0]!);
    listeners = startListening(shops, rig.gatewayUrls, client);
    forger = openForger(rig.direct.redisUrl, shops);
    const market = startTrading(shops, client, createChance(seed).fork('market'));
    const parts = { rig, shops, client, listeners, forger };
    return {
      ...parts,
      untilServed: (at, signal) => awaitServed(shops, client, at, signal),
      conclude: () => conclude(market, parts, log),
      close,
    };
  } catch (error) {
    await close(true);
    throw error;
  }
}

type Parts = Pick<Session, 'rig' | 'shops' | 'client' | 'listeners' | 'forger'>;

async function conclude(market: Market, parts: Parts, log: (line: string) => void): Promise<Conclusion> {
  const { rig, shops, client, listeners, forger } = parts;
  const flaws: string[] = [];
  log('calm');
  await delay(calmMs);
  log('the buyers go home');
  await market.stop();
  if (!(await untilNothingIsAwaited(rig))) flaws.push('orders still wait for a payment long after their window');
  if (!(await comesToRest(rig))) flaws.push(`not at rest within ${convergeMs / 1_000} s`);
  flaws.push(...(await findSilent(rig, shops[0]!)));
  flaws.push(...(await findDeaf(shops, listeners, client, 'last')));
  log('checking');
  const told = { history: client.history, heard: listeners.heard };
  const forgeries = { forged: forger.subjects, poison: forger.poison };
  return { check: await checkInstallation(rig.direct, { ...told, ...forgeries, convergeMs }), flaws };
}

async function awaitServed(shops: readonly Shop[], { history }: ChaosClient, at: number, signal: AbortSignal) {
  const waiting = new Set(shops.map(({ tenantId }) => tenantId));
  const older = keysBefore(history, at);
  // What was placed after `at` stands behind what was answered before, whatever was under way meanwhile.
  let looked = history.findLastIndex((attempt) => attempt.answeredAt < at) + 1;
  while (waiting.size > 0 && !signal.aborted) {
    for (; looked < history.length; looked += 1) {
      const { operation, decision, sentAt, tenantId, key } = history[looked]!;
      if (sentAt < at) older.add(key);
      if (operation === 'place' && decision !== undefined && !older.has(key)) waiting.delete(tenantId);
    }
    await delay(20, undefined, { signal }).catch(() => undefined);
  }
}

/** An order that waits for its payment expires by itself, and would change under the eyes of the checker. */
async function untilNothingIsAwaited(rig: Rig): Promise<boolean> {
  const reading = await openInstallation(rig.direct);
  try {
    const orders = reading.db('orders').collection('orders');
    const deadline = performance.now() + paymentsEndMs;
    while ((await orders.countDocuments({ status: 'AWAITING_PAYMENT' })) > 0) {
      if (performance.now() > deadline) return false;
      await delay(500);
    }
    return true;
  } finally {
    await reading.close();
  }
}

async function comesToRest(rig: Rig): Promise<boolean> {
  const reading = await openInstallation(rig.direct);
  try {
    return (await awaitRest(reading, convergeMs)).rested;
  } finally {
    await reading.close();
  }
}
