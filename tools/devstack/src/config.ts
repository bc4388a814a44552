// The only reader of the environment in the development stack.
import { resolve } from 'node:path';
import { replicasMax } from './limits.ts';
import { dataRoot } from './paths.ts';

export interface StartConfig {
  /** Addresses of servers that somebody else runs, by variable; those are not started here. */
  readonly external: Readonly<Record<string, string>>;
  readonly gatewayPort: number | undefined;
  readonly gatewayHost: string | undefined;
  readonly publicUrl: string | undefined;
  readonly replicas: number;
  readonly dataDir: string;
  readonly seed: boolean;
  /** Mails go to a server instead of the log. */
  readonly hasMailServer: boolean;
  /** The process that waits for this one; when it is gone, the stack stops. */
  readonly parentPid: number | undefined;
}

/** What the processes must not inherit: the settings of npm and of a test run. */
const PRIVATE = /^(npm_|VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$|HOLDFAST_|PORT$|HOST$|PUBLIC_URL$|INTERNAL_TOKEN$)/i;

function wholeNumber(env: NodeJS.ProcessEnv, name: string, min: number, max: number): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}

/** Settings of `npm start`; throws with the variable's name when one is wrong. */
export function readStartConfig(env: NodeJS.ProcessEnv = process.env): StartConfig {
  const external: Record<string, string> = {};
  for (const name of ['MONGODB_URI', 'REDIS_URL', 'REDIS_CACHE_URL']) if (env[name]) external[name] = env[name];
  return {
    external,
    gatewayPort: wholeNumber(env, 'PORT', 1, 65_535),
    gatewayHost: env.HOST || undefined,
    publicUrl: env.PUBLIC_URL || undefined,
    replicas: wholeNumber(env, 'HOLDFAST_REPLICAS', 1, replicasMax) ?? 1,
    dataDir: env.HOLDFAST_DATA_DIR ? resolve(env.HOLDFAST_DATA_DIR) : dataRoot,
    seed: env.HOLDFAST_SEED !== 'off',
    hasMailServer: Boolean(env.SMTP_URL),
    parentPid: wholeNumber(env, 'HOLDFAST_PARENT_PID', 1, Number.MAX_SAFE_INTEGER),
  };
}

/** The environment that every service starts from: this one's, less what is private to npm and to test runs. */
export function inheritedEnv(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !PRIVATE.test(name)) inherited[name] = value;
  }
  return inherited;
}
