// One chaos run from an empty folder to the report: the platform under load, the nemesis, the calm after it,
// the checker.
// Invariant: whatever happens, also on an abort, everything that was started is stopped again.
import { createChance } from './chance.ts';
import { pauseMaxMs, pauseMinMs } from './limits.ts';
import { createNemesis } from './nemesis.ts';
import { type Rampage, rampage } from './nemesis-acts.ts';
import { type ChaosReport, isSound, measureRecovery, missedGoals } from './report.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';

export type ChaosOptions = SessionOptions & {
  minutes: number;
  /** Ends the run early. */
  signal: AbortSignal;
};

/** Runs chaos and checks what it left. Throws when the run itself could not be made. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { log, signal } = options;
  log('starting the platform');
  const session = await openSession(options);
  let isKept = true;
  try {
    signal.throwIfAborted();
    const report = await concludeAfter(session, await breakThings(session, options), options);
    isKept = !isSound(report) || missedGoals(report).length > 0;
    return report;
  } finally {
    await session.close(isKept && !signal.aborted);
  }
}

type Breaking = Pick<ChaosOptions, 'seed' | 'minutes' | 'signal' | 'log'>;

/** Lets the nemesis loose on a session for some minutes; afterwards everything runs again. */
export async function breakThings(session: Session, { seed, minutes, signal, log }: Breaking): Promise<Rampage> {
  const { rig, forger, untilServed } = session;
  const forMs = minutes * 60_000;
  const chance = createChance(seed);
  // A short run has no time for a long sleep: it is to end well before the run does.
  const longestMs = Math.max(pauseMinMs + 1_000, Math.min(pauseMaxMs, forMs / 6));
  const services = [...rig.services.keys()];
  const nemesis = createNemesis({ chance: chance.fork('nemesis'), services, pauseMaxMs: longestMs });
  const done = await rampage({ rig, nemesis, forger, chance: chance.fork('acts'), forMs, untilServed, signal, log });
  signal.throwIfAborted();
  return done;
}

/** Ends a session and puts together what there is to say of it. */
export async function concludeAfter(
  session: Session,
  done: Rampage,
  { seed, minutes }: Pick<ChaosOptions, 'seed' | 'minutes'>,
): Promise<ChaosReport> {
  const { check, flaws } = await session.conclude();
  const { history } = session.client;
  const { connections, heard } = session.listeners;
  const recovered = measureRecovery(done.kills, history);
  const all = [...done.flaws, ...flaws];
  return { seed, minutes, rampage: done, history, connections, heard: heard.length, recovered, check, flaws: all };
}
