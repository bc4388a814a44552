// One chaos run from an empty folder to the report: the platform under load, the nemesis, the calm after it, the checker.
// Invariant: whatever happens, also on an abort, everything that was started is stopped again.
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { awaitRest, checkInstallation, openInstallation } from '@holdfast/checker';
import { createChance } from './chance.ts';
import { type ChaosClient, createChaosClient } from './client.ts';
import { type Forger, openForger } from './forger.ts';
import { convergeMs, pauseMaxMs, pauseMinMs } from './limits.ts';
import { type Listeners, startListening } from './listeners.ts';
import { openShops, type Shop, startTrading } from './market.ts';
import { createNemesis } from './nemesis.ts';
import { type Rampage, rampage } from './nemesis-acts.ts';
import { type ChaosReport, measureRecovery } from './report.ts';
import { type Rig, startRig } from './rig.ts';

export type ChaosOptions = {
  minutes: number;
  seed: number;
  replicas: number;
  dataDir: string;
  /** One line of progress. */
  log: (line: string) => void;
  /** Ends the run early; what was started is stopped. */
  signal: AbortSignal;
};

/** Runs chaos and checks what it left. Throws when the run itself could not be made. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { dataDir, replicas, log, signal } = options;
  log('starting the platform');
  const rig = await startRig({ dataDir, replicas, log });
  let isKept = true;
  try {
    signal.throwIfAborted();
    const report = await runOn(rig, options);
    isKept = report.check.total > 0 || report.flaws.length > 0;
    return report;
  } finally {
    await rig.stop();
    if (isKept && !signal.aborted) log(`logs and data are in ${dataDir}`);
    else rmSync(dataDir, { recursive: true, force: true });
  }
}

async function runOn(rig: Rig, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, minutes, signal, log } = options;
  const chance = createChance(seed);
  const client = createChaosClient(rig.gatewayUrls);
  const shops = await openShops(rig.gatewayUrls[0]!);
  const listeners = startListening(shops, rig.gatewayUrls, client);
  const forger = openForger(rig.direct.redisUrl, shops);
  try {
    const market = startTrading(shops, client, chance.fork('market'));
    const flaws: string[] = [];
    const untilServed = (at: number, until: AbortSignal) => awaitServed(shops, client, at, until);
    const done = await breakThings({ rig, forger, options, flaws, untilServed });
    log('calm: everything runs again, the buyers go home');
    await delay(2_000, undefined, { signal });
    await market.stop();
    const rested = await settle(rig);
    if (!rested) flaws.push(`not at rest within ${convergeMs / 1_000} s`);
    flaws.push(...(await findDeaf(shops, listeners, client)));
    log('checking');
    const { heard, connections } = listeners;
    const { history } = client;
    const { subjects: forged, poison } = forger;
    const check = await checkInstallation(rig.direct, { history, heard, forged, poison, convergeMs });
    const recovered = measureRecovery(done.kills, history);
    return { seed, minutes, rampage: done, history, connections, heard: heard.length, recovered, check, flaws };
  } finally {
    listeners.stop();
    forger.close();
    await client.close();
  }
}

type Breaking = {
  rig: Rig;
  forger: Forger;
  options: ChaosOptions;
  flaws: string[];
  untilServed: (at: number, signal: AbortSignal) => Promise<void>;
};

/** Until each shop has a decided order that was placed after `at`, or the signal aborts. */
async function awaitServed(shops: readonly Shop[], { history }: ChaosClient, at: number, signal: AbortSignal) {
  const waiting = new Set(shops.map(({ tenantId }) => tenantId));
  // What was placed after `at` stands behind what was answered before, whatever was under way meanwhile.
  let looked = history.findLastIndex((attempt) => attempt.answeredAt < at) + 1;
  while (waiting.size > 0 && !signal.aborted) {
    for (; looked < history.length; looked += 1) {
      const { operation, decision, sentAt, tenantId } = history[looked]!;
      if (operation === 'place' && decision !== undefined && sentAt >= at) waiting.delete(tenantId);
    }
    await delay(20, undefined, { signal }).catch(() => undefined);
  }
}

async function breakThings({ rig, forger, options, flaws, untilServed }: Breaking): Promise<Rampage> {
  const { seed, minutes, signal, log } = options;
  const forMs = minutes * 60_000;
  const chance = createChance(seed);
  // A short run has no time for a long sleep: it is to end well before the run does.
  const longestMs = Math.max(pauseMinMs + 1_000, Math.min(pauseMaxMs, forMs / 6));
  const nemesis = createNemesis({
    chance: chance.fork('nemesis'),
    services: [...rig.services.keys()],
    pauseMaxMs: longestMs,
  });
  const result = await rampage({ rig, nemesis, forger, chance: chance.fork('acts'), forMs, untilServed, signal, log });
  flaws.push(...result.flaws);
  signal.throwIfAborted();
  return result;
}

async function settle(rig: Rig): Promise<boolean> {
  const reading = await openInstallation(rig.direct);
  try {
    return (await awaitRest(reading, convergeMs)).rested;
  } finally {
    await reading.close();
  }
}

/** After everything, each listener still hears: an order is placed, and both sockets of its tenant are told. */
async function findDeaf(shops: readonly Shop[], listeners: Listeners, client: ChaosClient) {
  const deaf = await Promise.all(
    shops.map(async ({ tenantId, customers, spread }) => {
      const placed = await client.place(customers[0]!, `last-${tenantId}`, [{ variantId: spread[0]!, quantity: 1 }]);
      const deadline = performance.now() + 10_000;
      for (;;) {
        const told = listeners.heard.filter((one) => one.subject === placed.id);
        const ears = new Set(told.map((one) => one.connection.split('#')[0]));
        if (ears.size === 2) return [];
        if (performance.now() > deadline) {
          return [`${ears.size} of 2 sockets of tenant ${tenantId} heard of its last order ${placed.id ?? '(none)'}`];
        }
        await delay(50);
      }
    }),
  );
  return deaf.flat();
}
