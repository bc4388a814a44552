// Loads the demo data through the public door, as any client would. A platform without it is a platform still: a
// failing seed is told, not fatal.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedEnv } from './config.ts';
import { seedTimeoutMs } from './limits.ts';
import { openLog } from './log-file.ts';
import { rootDir } from './paths.ts';
import type { Secrets } from './secrets.ts';
import { unwatchGroup, watchGroup } from './watchdog.ts';

export interface SeedOptions {
  readonly gatewayUrl: string;
  readonly dataDir: string;
  readonly secrets: Secrets;
  readonly log: (line: string) => void;
}

/** What the seed leaves in `demo.json` for people to try. */
export interface Demo {
  readonly signIns: readonly { tenant: string; email: string; password: string; role: string }[];
  readonly curl: string;
}

/** Runs the demo seed to its end; logs its failure and resolves all the same. */
export async function runSeed({ gatewayUrl, dataDir, secrets, log }: SeedOptions): Promise<void> {
  const script = join(rootDir, 'tools/seed/src/main.ts');
  if (!existsSync(script)) return;
  log('loading demo data');
  const logFile = join(dataDir, 'logs', 'seed.log');
  const seedLog = openLog(logFile);
  const child = spawn(process.execPath, [script], {
    cwd: rootDir,
    env: { ...inheritedEnv(), ...secrets, GATEWAY_URL: gatewayUrl, HOLDFAST_DATA_DIR: dataDir },
    detached: true,
    stdio: ['ignore', seedLog.output, seedLog.output],
    timeout: seedTimeoutMs,
  });
  seedLog.close();
  const pid = child.pid;
  if (pid) watchGroup(pid);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  if (pid) unwatchGroup(pid);
  if (code !== 0) log(`the demo data could not be loaded (${logFile}):\n${seedLog.tail()}`);
}

/** The demo's sign-ins and first order, if a seed has written them. */
export function readDemo(dataDir: string): Demo | undefined {
  const file = join(dataDir, 'demo.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Demo) : undefined;
}
