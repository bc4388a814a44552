// Requests of clients to replicas. Invariant: a client can tell an answer, a refused connection (nothing happened) and
// silence (anything may have happened) apart, and nothing else.
import type { Platform, ServiceName } from './platform.ts';
import type { Life } from './world.ts';

export type Reply<T> =
  | { kind: 'answered'; value: T }
  | { kind: 'failed'; error: unknown }
  | { kind: 'refused' }
  | { kind: 'silent' };

const patienceMs = 8_000;

/** Sends one request to some replica of a service; sometimes it arrives twice, the second time perhaps elsewhere. */
export function request<Api, T>(
  platform: Platform,
  client: Life,
  service: ServiceName,
  work: (api: Api) => Promise<T>,
): Promise<Reply<T>> {
  const { world, caller } = platform;
  const { chance } = world;
  const { faults } = caller;
  return new Promise((resolve) => {
    let isOver = false;
    const finish = (ms: number, reply: Reply<T>) => {
      const act = () => {
        if (isOver) return;
        isOver = true;
        callOff();
        resolve(reply);
      };
      world.after(ms, `http ${service} ${reply.kind}`, act, client);
    };
    const callOff = world.after(patienceMs, `http ${service} timeout`, () => finish(0, { kind: 'silent' }));
    const deliver = (isFirst: boolean) => {
      const replicas = platform.ready<Api>(service);
      if (replicas.length === 0) return isFirst ? finish(1, { kind: 'refused' }) : undefined;
      const { process, api } = chance.pick(replicas);
      const { life } = process;
      const answer = (reply: Reply<T>) => {
        if (!life.alive || !isFirst) return;
        if (chance.hits(faults.lostReply * 4)) finish(chance.between(1, 50), { kind: 'silent' });
        else finish(chance.between(0.1, 2), reply);
      };
      const run = () => {
        work(api).then(
          (value) => answer({ kind: 'answered', value }),
          (error) => answer({ kind: 'failed', error }),
        );
      };
      world.after(0, `http ${service} arrives`, run, life);
    };
    world.after(chance.between(0.1, 2), `http ${service}`, () => deliver(true));
    if (chance.hits(faults.duplicate * 4)) {
      world.after(chance.between(0.1, 30), `http ${service} again`, () => deliver(false));
    }
  });
}
