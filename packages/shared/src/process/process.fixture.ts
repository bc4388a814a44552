// A small service of its own process, for the tests: says on stdout what it does.
import { setTimeout as delay } from 'node:timers/promises';
import { createHttpApp } from '../http/index.ts';
import { createLogger, createMetrics } from '../telemetry/index.ts';
import { runService } from './run-service.ts';

const mode = process.argv[2];
const log = createLogger({ service: 'fixture' });

await runService({
  name: 'fixture',
  log,
  host: '127.0.0.1',
  port: 0,
  instance: 'the one that was started',
  async start({ signal }) {
    log.info({}, 'starting');
    if (mode === 'never-starts') await delay(60_000, undefined, { signal });
    if (mode === 'fails') throw new Error('no database');
    const app = createHttpApp({ service: 'fixture', log, metrics: createMetrics('fixture'), health: { checks: {} } });
    app.get('/slow', async () => {
      log.info({}, 'request began');
      await delay(600);
      return { done: true };
    });
    app.get('/throws', async () => {
      setImmediate(() => {
        throw new Error('nobody catches this');
      });
      return {};
    });
    app.get<{ Params: { count: string } }>('/log/:count', async ({ params }) => {
      for (let n = 0; n < Number(params.count); n += 1) log.info({ n }, 'logged');
      return {};
    });
    app.get('/fails', async () => {
      throw new Error('a bug');
    });
    // For tests that take the log away.
    app.addHook('onListen', async () => void process.send?.({ address: app.listeningOrigin }));
    return {
      app,
      async stop() {
        log.info({}, 'closed everything');
      },
    };
  },
});
