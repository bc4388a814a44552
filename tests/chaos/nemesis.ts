// Chooses what to break next, by seed: a deck with every kind of fault in it is shuffled and dealt, again and again, so
// that also a short run meets each kind. Pure; nemesis-acts.ts does it.
import type { Chance } from './chance.ts';
import {
  networkDelayMaxMs,
  networkMaxMs,
  networkMinMs,
  pauseMinMs,
  serverPauseMaxMs,
  tailCutMaxBytes,
  tailCutMinBytes,
} from './limits.ts';
import { type ServerName, serverNames } from './rig.ts';

export type Act =
  | { kind: 'kill'; targets: readonly string[] }
  | { kind: 'pause'; target: string; forMs: number }
  | { kind: 'redis'; how: 'with-file' | 'empty' | 'flushed' }
  | { kind: 'redis'; how: 'cut-tail'; bytes: number }
  | { kind: 'network'; server: ServerName; how: 'refuse' | 'stall'; forMs: number }
  | { kind: 'network'; server: ServerName; how: 'slow'; delayMs: number; forMs: number }
  | { kind: 'network'; server: ServerName; how: 'cut'; share: number }
  | { kind: 'entry'; how: 'poison' | 'forged' | 'above' | 'copy' };

type Card = () => Act | undefined;

export type Nemesis = {
  /** The next act; `busy` names what must be left alone because an earlier act is not over. */
  next(busy: ReadonlySet<string>): Act;
};

/** `pauseMaxMs`: the longest sleep of a service in this run. */
export function createNemesis(options: { chance: Chance; services: readonly string[]; pauseMaxMs: number }): Nemesis {
  const { chance, services, pauseMaxMs } = options;
  let free: readonly string[] = [];
  let freeServices: readonly string[] = [];
  const kill = (targets: readonly string[]): Act | undefined => {
    return targets.some((target) => target === undefined) ? undefined : { kind: 'kill', targets };
  };
  const service = () => (freeServices.length > 0 ? kill([chance.pick(freeServices)]) : undefined);
  const pair = () => (free.length > 1 ? kill(chance.shuffled(free).slice(0, 2)) : undefined);
  const twins = () => {
    const [one] = chance.shuffled(freeServices.filter((name) => freeServices.includes(`${name}-2`)));
    return one ? kill([one, `${one}-2`]) : undefined;
  };
  const server = (name: ServerName) => () => (free.includes(name) ? kill([name]) : undefined);
  const sleep = (target: string | undefined, mostMs: number): Act | undefined =>
    target === undefined ? undefined : { kind: 'pause', target, forMs: chance.between(pauseMinMs, mostMs) };
  // Only one at a time, or a service could be away for as long as both sleep.
  const pause = () =>
    freeServices.length === services.length ? sleep(chance.pick(freeServices), pauseMaxMs) : undefined;
  const serverPause = () => sleep(chance.pick(serverNames.filter((name) => free.includes(name))), serverPauseMaxMs);
  const redis = (how: 'with-file' | 'empty' | 'flushed') => (): Act => ({ kind: 'redis', how });
  const cutTail = (): Act => ({
    kind: 'redis',
    how: 'cut-tail',
    bytes: chance.between(tailCutMinBytes, tailCutMaxBytes),
  });
  const network = (how: 'cut' | 'refuse' | 'slow' | 'stall') => (): Act => {
    const name = chance.pick(serverNames);
    const forMs = chance.between(networkMinMs, networkMaxMs);
    if (how === 'cut') return { kind: 'network', server: name, how, share: chance.pick([0.3, 1]) };
    if (how === 'slow')
      return { kind: 'network', server: name, how, delayMs: chance.between(5, networkDelayMaxMs), forMs };
    return { kind: 'network', server: name, how, forMs };
  };
  const entry = (how: 'poison' | 'forged' | 'above' | 'copy') => (): Act => ({ kind: 'entry', how });
  const deck: Card[] = [
    ...[service, service, service, service, service, pair, pair, twins, twins],
    ...[server('mongod'), server('mongod'), server('redis-cache'), pause, serverPause],
    ...[redis('with-file'), redis('empty'), redis('flushed'), cutTail],
    ...[network('cut'), network('refuse'), network('slow'), network('stall')],
    ...[entry('poison'), entry('poison'), entry('forged'), entry('above'), entry('copy'), entry('copy')],
  ];
  let left: Card[] = [];
  return {
    next(busy) {
      free = [...services, ...serverNames].filter((name) => !busy.has(name));
      freeServices = services.filter((name) => !busy.has(name));
      for (;;) {
        if (left.length === 0) left = chance.shuffled(deck);
        const act = left.shift()!();
        if (act) return act;
      }
    },
  };
}

/** The service behind an instance: `orders-2` is one of `orders`. */
export const serviceOf = (name: string) => name.replace(/-\d+$/, '');

/** One line for people, enough to do the same by hand. */
export function describeAct(act: Act): string {
  switch (act.kind) {
    case 'kill':
      return `kill ${act.targets.join(' and ')}`;
    case 'pause':
      return `pause ${act.target} for ${act.forMs} ms`;
    case 'redis':
      return `redis-streams ${act.how}${act.how === 'cut-tail' ? ` by ${act.bytes} bytes` : ''}`;
    case 'network': {
      const detail = act.how === 'cut' ? `share ${act.share}` : `for ${act.forMs} ms`;
      return `network of ${act.server} ${act.how} ${act.how === 'slow' ? `by ${act.delayMs} ms ` : ''}${detail}`;
    }
    case 'entry':
      return `entry ${act.how}`;
    default:
      return act satisfies never;
  }
}
