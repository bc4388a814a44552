// What the main.ts of every process calls. Its own subpath: a process without a database loads no driver.
import type { FastifyInstance } from 'fastify';
import { type Closeable, type OpenOptions, type ProcessConfig, runService } from '../process/index.ts';
import { createLogger } from '../telemetry/index.ts';

export interface ServeOptions<Config extends ProcessConfig, Deps extends Closeable> {
  readonly name: string;
  readonly readConfig: () => Config;
  readonly open: (config: Config, options: OpenOptions) => Promise<Deps>;
  readonly build: (deps: Deps) => FastifyInstance | Promise<FastifyInstance>;
}

/**
 * Reads the settings, opens everything, builds the app and serves it until a signal; see `runService` for how it ends.
 */
export async function serve<Config extends ProcessConfig, Deps extends Closeable>(
  options: ServeOptions<Config, Deps>,
): Promise<void> {
  const { name, readConfig, open, build } = options;
  const config = readConfig();
  const log = createLogger({ service: name, level: config.LOG_LEVEL });
  await runService({
    name,
    log,
    host: config.HOST,
    port: config.PORT,
    instance: config.INSTANCE_TOKEN,
    async start({ signal }) {
      const deps = await open(config, { log, signal });
      return { app: await build(deps), stop: () => deps.close() };
    },
  });
}
