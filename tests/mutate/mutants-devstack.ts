// Mechanisms of starting processes and of keeping them alive, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const devstack = 'tools/devstack/src';

const integration = (file: string, name: string): MutantTest => ({
  project: 'integration',
  file: `${devstack}/${file}`,
  name,
});
const anotherServer = (name: string) => integration('two-at-once.int.test.ts', `a port of another server > ${name}`);

export const devstackMutants: readonly Mutant[] = [
  {
    name: 'ready-own-service',
    mechanism: 'a service is ready when it answers with the token of its own start',
    file: `${devstack}/instances.ts`,
    source: ' && health.instance === token;',
    replacement: ' && (health.instance ?? token) !== undefined;',
    test: anotherServer('is left to it by a platform that starts'),
  },
  {
    name: 'ready-own-redis',
    mechanism: 'a Redis is ready when the process that answers is the one that was started',
    file: `${devstack}/redis.ts`,
    source: ' && isOfGroup(Number(processId), pid));',
    replacement: ' && Boolean(isOfGroup(pid, pid)));',
    test: anotherServer('is never taken for ready'),
  },
  {
    name: 'ready-own-mongod',
    mechanism: 'a MongoDB is ready when the process that answers is the one that was started',
    file: `${devstack}/replica-set.ts`,
    source: 'if (!isOfGroup(Number(answering), pid)) return false;',
    replacement: 'if (!isOfGroup(pid, Number(answering) * 0 + pid)) return false;',
    test: anotherServer('is never taken for ready'),
  },
  {
    name: 'moved-address',
    mechanism: 'who was given an address that its owner left before it was ready is started again with the new one',
    file: `${devstack}/platform.ts`,
    source: 'placement.instances.filter(isOutdated)',
    replacement: 'placement.instances.filter((instance) => !instance && isOutdated(instance))',
    test: anotherServer('is left to it by a platform that starts'),
  },
  {
    name: 'log-write-error',
    mechanism: 'a log line that cannot be written fails nobody',
    file: 'packages/shared/src/telemetry/log-output.ts',
    source: "lost.code = (error as NodeJS.ErrnoException).code ?? 'unknown';",
    replacement: 'throw error;',
    test: {
      project: 'unit',
      file: 'packages/shared/src/telemetry/telemetry.test.ts',
      name: 'the log > drops and counts a line that cannot be written',
    },
  },
  {
    name: 'folder-claim',
    mechanism: 'of many starts on one folder only the one that made the file goes on',
    file: `${devstack}/run-file.ts`,
    source: "if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;",
    replacement: "if ((error as NodeJS.ErrnoException).code === 'EEXIST') return true;",
    test: integration('platform.int.test.ts', 'a folder > is given to one of many that start at once'),
  },
];
