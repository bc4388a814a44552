// Breaks things as it was chosen, one act after the other, and makes them whole again. Invariant: when `rampage`
// returns, nothing is paused, refused, slow or dead.
import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { Forger } from './forger.ts';
import { aloneShare, gapMaxMs, gapMinMs, servedMaxMs, targetReadyMs } from './limits.ts';
import { type Act, describeAct, type Nemesis, serviceOf } from './nemesis.ts';
import { type Rig, serverNames, type Target } from './rig.ts';

export type Done = { atMs: number; what: string };
/**
 * A kill and when it happened. `isAlone`: nothing else was done before everybody was served again, so that the time
 * until then is this kill's; the others are for what happens when one fault meets the next.
 */
export type Kill = { at: number; names: readonly string[]; isAlone: boolean };
export type Rampage = {
  schedule: Done[];
  kills: Kill[];
  /** What should have come back and did not. */
  flaws: string[];
  /** When everything was whole again. */
  endedAt: number;
};

type Options = {
  rig: Rig;
  nemesis: Nemesis;
  forger: Forger;
  chance: Chance;
  forMs: number;
  /** Resolves when orders of every tenant that were placed after this time have been decided. */
  untilServed(at: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
  log: (line: string) => void;
};

/** Acts until the time is over; then everything runs again. */
export async function rampage(options: Options): Promise<Rampage> {
  const { rig, nemesis, chance, forMs, untilServed, signal, log } = options;
  const startedMs = performance.now();
  const result: Rampage = { schedule: [], kills: [], flaws: [], endedAt: 0 };
  const acting: Acting = { ...options, result, asleep: new Map(), morning: new AbortController() };
  const { asleep } = acting;
  try {
    while (performance.now() - startedMs < forMs && !signal.aborted) {
      const busy = new Set([...asleep.keys()].flatMap((name) => withTwins(name, rig)));
      const act = nemesis.next(busy);
      const done: Done = { atMs: Math.round(performance.now() - startedMs), what: describeAct(act) };
      result.schedule.push(done);
      const detail = await perform(act, acting).catch((error: unknown) => {
        result.flaws.push(`${done.what}: ${String(error)}`);
        return String(error);
      });
      if (detail) done.what += `: ${detail}`;
      const last = result.kills.at(-1);
      if (last?.isAlone) await untilServed(last.at, AbortSignal.any([signal, AbortSignal.timeout(servedMaxMs)]));
      log(`${(done.atMs / 1_000).toFixed(1).padStart(6)} s  ${done.what}`);
      await delay(chance.between(gapMinMs, gapMaxMs), undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await repair(acting).catch((error: unknown) => result.flaws.push(`repair: ${String(error)}`));
    result.endedAt = Date.now();
  }
  return result;
}

type Acting = Options & {
  result: Rampage;
  /** Who is paused, and when it will not be any more. */
  asleep: Map<string, Promise<void>>;
  /** Ends every pause early. */
  morning: AbortController;
};

/** Whoever sleeps is not disturbed, and neither is the one who stands in for it. */
function withTwins(name: string, { services }: Rig): string[] {
  return [name, ...[...services.keys()].filter((other) => serviceOf(other) === serviceOf(name))];
}

function targetOf({ services, servers }: Rig, name: string): Target {
  const target = services.get(name) ?? servers[name as keyof Rig['servers']];
  if (target === undefined) throw new Error(`there is no ${name}`);
  return target;
}

async function perform(act: Act, acting: Acting): Promise<string | undefined> {
  const { rig, forger, chance } = acting;
  switch (act.kind) {
    case 'kill':
      return kill(act.targets, acting);
    case 'pause':
      return pause(act.target, act.forMs, acting);
    case 'redis':
      return hurtStreams(act, acting);
    case 'network':
      return breakNetwork(act, acting);
    case 'entry': {
      await ready(rig.servers['redis-streams']);
      if (act.how === 'poison') return forger.addPoison(chance);
      if (act.how === 'copy') return forger.addCopy(chance);
      return act.how === 'forged' ? forger.addForged(chance) : forger.addAbovePosition(chance);
    }
    default:
      return act satisfies never;
  }
}

/** A process that does not come back is a finding of its own: the run ends with this error. */
async function ready(target: Target): Promise<void> {
  const tooLong = delay(targetReadyMs, 'late' as const, { ref: false });
  if ((await Promise.race([target.untilReady(), tooLong])) === 'late') {
    throw new Error(`${target.name} was not ready again after ${targetReadyMs / 1_000} s`);
  }
}

async function kill(names: readonly string[], acting: Acting): Promise<string | undefined> {
  const { rig } = acting;
  const targets = names.map((name) => targetOf(rig, name));
  await Promise.all(targets.map(ready));
  noteKill(names, acting);
  await Promise.all(targets.map((target) => target.kill()));
  // Servers have no supervisor here; services come back by themselves, while the next act is under way.
  const servers = targets.filter(({ name }) => isServer(name));
  if (servers.length === 0) return undefined;
  const killedMs = performance.now();
  await Promise.all(servers.map(ready));
  return `the server runs again after ${Math.round(performance.now() - killedMs)} ms`;
}

function noteKill(names: readonly string[], { result, chance }: Acting): void {
  result.kills.push({ at: Date.now(), names, isAlone: chance.happens(aloneShare) });
}

const isServer = (name: string) => (serverNames as readonly string[]).includes(name);

async function pause(name: string, forMs: number, { rig, asleep, signal, morning }: Acting): Promise<undefined> {
  const target = targetOf(rig, name);
  await ready(target);
  target.pause();
  const over = delay(forMs, undefined, { signal: AbortSignal.any([signal, morning.signal]) })
    .catch(() => undefined)
    .then(() => target.resume());
  if (isServer(name)) return void (await over);
  asleep.set(
    name,
    over.then(() => void asleep.delete(name)),
  );
}

async function hurtStreams(act: Act & { kind: 'redis' }, acting: Acting): Promise<string | undefined> {
  const { rig, forger } = acting;
  const server = rig.servers['redis-streams'];
  await ready(server);
  if (act.how === 'flushed') {
    await forger.flush();
    return undefined;
  }
  noteKill(['redis-streams'], acting);
  await server.kill();
  let detail: string | undefined;
  if (act.how === 'empty') rig.cutStreamsFile('all');
  if (act.how === 'cut-tail') detail = `${rig.cutStreamsFile(act.bytes)} bytes are gone`;
  await ready(server);
  return detail;
}

async function breakNetwork(act: Act & { kind: 'network' }, acting: Acting): Promise<string | undefined> {
  const { proxy } = acting.rig.servers[act.server];
  if (act.how === 'cut') return `${proxy.cut(act.share, acting.chance)} connections ended`;
  if (act.how === 'refuse') proxy.refuse();
  if (act.how === 'stall') proxy.stall();
  if (act.how === 'slow') proxy.slow(act.delayMs);
  await delay(act.forMs, undefined, { signal: acting.signal }).catch(() => undefined);
  proxy.heal();
  return undefined;
}

async function repair({ rig, asleep, morning }: Acting): Promise<void> {
  morning.abort();
  for (const target of [...rig.services.values(), ...Object.values(rig.servers)]) target.resume();
  for (const { proxy } of Object.values(rig.servers)) proxy.heal();
  await Promise.all(asleep.values());
  await Promise.all([...Object.values(rig.servers), ...rig.services.values()].map(ready));
}
