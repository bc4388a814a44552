/** The process of auth. */
import { runService } from '@holdfast/shared/process';
import { createLogger } from '@holdfast/shared/telemetry';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

const config = readConfig();
const log = createLogger({ service: 'auth', level: config.LOG_LEVEL });

await runService({
  name: 'auth',
  log,
  host: config.HOST,
  port: config.PORT,
  instance: config.INSTANCE_TOKEN,
  async start({ signal }) {
    const deps = await openDeps(config, { log, signal });
    return { app: buildApp(deps), stop: () => deps.close() };
  },
});
