// Where the operator's commands go: the only reader of the environment here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Target = 'auth' | 'inventory';
export type Config = { url: string; internalToken: string };

/**
 * Reads the service's URL (AUTH_URL, INVENTORY_URL) and INTERNAL_TOKEN; without either, what `npm start` runs from this
 * folder (HOLDFAST_DATA_DIR, or .data). Throws when neither says where to go: never to a platform of somebody else.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  target: Target = 'auth',
): Config {
  const name = `${target.toUpperCase()}_URL`;
  const { [name]: urls, INTERNAL_TOKEN } = env;
  if (urls && INTERNAL_TOKEN) return { url: urls.split(',')[0]!.replace(/\/$/, ''), internalToken: INTERNAL_TOKEN };
  if (urls || INTERNAL_TOKEN) throw new Error(`${name} and INTERNAL_TOKEN are set together, or neither`);
  return runningPlatform(env.HOLDFAST_DATA_DIR || '.data', target);
}

function runningPlatform(dataDir: string, target: Target): Config {
  const read = (file: string) => JSON.parse(readFileSync(join(dataDir, file), 'utf8'));
  try {
    const { processes } = read('run.json') as { processes: Record<string, { url: string }> };
    const { INTERNAL_TOKEN } = read('secrets.json') as { INTERNAL_TOKEN: string };
    const process = Object.entries(processes).find(([name]) => name.startsWith(target));
    return { url: process![1].url, internalToken: INTERNAL_TOKEN };
  } catch {
    throw new Error(
      `no platform runs from this folder: run \`npm start\` first, or set ${target.toUpperCase()}_URL and INTERNAL_TOKEN`,
    );
  }
}
