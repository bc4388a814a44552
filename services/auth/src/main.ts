/** The process of auth. */
import { runService } from '@holdfast/shared/process';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';

const config = readConfig();

await runService({
  name: 'auth',
  host: config.HOST,
  port: config.PORT,
  async start() {
    const deps = await openDeps(config);
    return { app: buildApp(deps), stop: () => deps.close() };
  },
});
