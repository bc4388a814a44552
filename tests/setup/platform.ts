// The whole platform for the tests that go through the gateway: started once for all projects of a run, from an empty
// data folder, without rate limits. Tests find its addresses in process.env.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Platform, startPlatform } from '@holdfast/devstack';
import { startProfiler } from './profiler.ts';

interface Run {
  users: number;
  readonly platform: Promise<Platform>;
}

// Each project loads this file anew, so what they share hangs on the process.
const shared = globalThis as { holdfastPlatformRun?: Run };

/** The mutant that `npm run mutate` looks at, for every process of the platform. */
function mutantEnv(): Record<string, string> {
  const { HOLDFAST_MUTANT, HOLDFAST_MUTANT_LOADED = '' } = process.env;
  if (!HOLDFAST_MUTANT) return {};
  const hook = pathToFileURL(join(import.meta.dirname, '../mutate/mutate-on-load.ts')).href;
  return { HOLDFAST_MUTANT, HOLDFAST_MUTANT_LOADED, NODE_OPTIONS: `--import=${hook}` };
}

async function start(dataDir: string): Promise<Platform> {
  mkdirSync(dataDir, { recursive: true });
  const platform = await startPlatform({
    ports: 'free',
    dataDir,
    env: {
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'warn',
      RECONCILIATION_CONFIRM_SECONDS: '1',
      // By day and business: a test that compares documents would fail by the time of day.
      RECONCILIATION_HOURS: '0',
      ...mutantEnv(),
    },
    log: (line) => console.log(`platform: ${line}`),
    onHappening: (happening) => {
      if (happening.kind !== 'ready') console.log(`platform: ${JSON.stringify(happening)}`);
    },
  });
  await startProfiler(platform.processes.get('mongod')!.url);
  const urls = Object.fromEntries([...platform.processes.values()].map(({ name, url }) => [name, url]));
  process.env.HOLDFAST_TEST_GATEWAY_URL = platform.gatewayUrl;
  process.env.HOLDFAST_TEST_PLATFORM = JSON.stringify({ urls, secret: platform.secrets.HOLDFAST_SECRET, dataDir });
  return platform;
}

/** Called once per project that needs the platform; the last one's teardown stops it. */
export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = join(import.meta.dirname, '../../.data/e2e', String(process.pid));
  shared.holdfastPlatformRun ??= { users: 0, platform: start(dataDir) };
  const run = shared.holdfastPlatformRun;
  run.users += 1;
  const platform = await run.platform;
  return async () => {
    run.users -= 1;
    if (run.users > 0) return;
    delete shared.holdfastPlatformRun;
    await platform.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
