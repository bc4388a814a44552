// Where the operator's commands go: the only reader of the environment here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Config = { authUrl: string; internalToken: string };

/**
 * Reads AUTH_URL and INTERNAL_TOKEN; without either, what `npm start` runs from this folder (HOLDFAST_DATA_DIR, or
 * .data). Throws when neither says where to go: never to a platform of somebody else.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const { AUTH_URL, INTERNAL_TOKEN } = env;
  if (AUTH_URL && INTERNAL_TOKEN)
    return { authUrl: AUTH_URL.split(',')[0]!.replace(/\/$/, ''), internalToken: INTERNAL_TOKEN };
  if (AUTH_URL || INTERNAL_TOKEN) throw new Error('AUTH_URL and INTERNAL_TOKEN are set together, or neither');
  return runningPlatform(env.HOLDFAST_DATA_DIR || '.data');
}

function runningPlatform(dataDir: string): Config {
  const read = (file: string) => JSON.parse(readFileSync(join(dataDir, file), 'utf8'));
  try {
    const { processes } = read('run.json') as { processes: Record<string, { url: string }> };
    const { INTERNAL_TOKEN } = read('secrets.json') as { INTERNAL_TOKEN: string };
    const auth = Object.entries(processes).find(([name]) => name.startsWith('auth'));
    return { authUrl: auth![1].url, internalToken: INTERNAL_TOKEN };
  } catch {
    throw new Error('no platform runs from this folder: run `npm start` first, or set AUTH_URL and INTERNAL_TOKEN');
  }
}
