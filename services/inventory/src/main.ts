// The process of inventory.
import { runService } from '@holdfast/shared/process';
import { createLogger } from '@holdfast/shared/telemetry';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

const config = readConfig();
const log = createLogger({ service: 'inventory', level: config.LOG_LEVEL });

await runService({
  name: 'inventory',
  log,
  host: config.HOST,
  port: config.PORT,
  instance: config.INSTANCE_TOKEN,
  async start({ signal }) {
    const deps = await openDeps(config, { log, signal });
    return { app: buildApp(deps), stop: () => deps.close() };
  },
});
