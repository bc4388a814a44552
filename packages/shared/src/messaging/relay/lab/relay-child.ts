// A relay in a process of its own, for tests that kill it. It can kill itself at a chosen point, on either side of an
// append. argv[2]: ChildSettings as JSON. Prints `leading` once it has opened both sides.
import { openDatabase } from '../../../persistence/index.ts';
import { systemClock, systemRandom } from '../../../values/index.ts';
import { mongoChangeLog, relayPositionsCollection } from '../change-log.store.ts';
import { redisEventStreams } from '../event-streams.ts';
import type { EventStreams, RelayPorts } from '../ports.ts';
import { leaseLeadership } from '../relay.ts';
import { alwaysLead, runRelay } from '../run-relay.ts';

export interface ChildSettings {
  readonly mongoUri: string;
  readonly redisUrl: string;
  readonly database: string;
  readonly domain: string;
  readonly generation: string;
  readonly consumers: readonly string[];
  readonly batchSize?: number;
  /** Takes part in the election; default true. */
  readonly elected?: boolean;
  /** Dies around the n-th append that carries entries. */
  readonly crash?: { readonly when: 'before-append' | 'after-append'; readonly append: number };
}

function dieAround(streams: EventStreams, crash: ChildSettings['crash']): EventStreams {
  let appends = 0;
  return {
    async open() {
      const open = await streams.open();
      console.log('leading');
      return {
        ...open,
        async append(record, shares) {
          if (shares.some((share) => share.entries.length > 0)) appends += 1;
          const now = crash !== undefined && appends === crash.append;
          if (now && crash.when === 'before-append') process.kill(process.pid, 'SIGKILL');
          const answers = await open.append(record, shares);
          if (now) process.kill(process.pid, 'SIGKILL');
          return answers;
        },
      };
    },
  };
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ChildSettings;
const { domain, generation, redisUrl, consumers } = settings;
const say = (fields: object, message: string) => console.log(message, JSON.stringify(fields));
const database = await openDatabase({
  uri: settings.mongoUri,
  name: settings.database,
  evented: ['things'],
  global: [relayPositionsCollection],
});
const ports: RelayPorts = {
  changeLog: mongoChangeLog({ database, domain, generation, batchSize: settings.batchSize }),
  streams: dieAround(redisEventStreams({ redisUrl, domain, generation }), settings.crash),
  leadership: settings.elected === false ? alwaysLead : leaseLeadership(redisUrl, generation, domain),
  clock: systemClock,
  random: systemRandom,
  log: { debug: say, info: say, warn: say, error: say },
};
runRelay(ports, { domain, consumers });
