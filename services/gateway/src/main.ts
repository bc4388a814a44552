// The gateway's process.
import { runService } from '@holdfast/shared/process';
import { createLogger } from '@holdfast/shared/telemetry';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

const config = readConfig();
const log = createLogger({ service: 'gateway', level: config.LOG_LEVEL });

await runService({
  name: 'gateway',
  log,
  host: config.HOST,
  port: config.PORT,
  instance: config.INSTANCE_TOKEN,
  async start() {
    const deps = openDeps(config, log);
    return { app: await buildApp(deps), stop: deps.close };
  },
});
