// Where the seed finds the platform and leaves its result: the only reader of the environment here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Config = { gatewayUrl: string; demoFile: string };

/**
 * Reads GATEWAY_URL (default: where the platform of this folder runs) and DEMO_FILE (default demo.json in
 * HOLDFAST_DATA_DIR or .data). Throws when neither says where to go: never to a platform of somebody else.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const dataDir = env.HOLDFAST_DATA_DIR || '.data';
  const gatewayUrl = (env.GATEWAY_URL || runningGateway(dataDir)).replace(/\/$/, '');
  if (!/^https?:$/.test(new URL(gatewayUrl).protocol)) throw new Error('GATEWAY_URL must be an http(s) URL');
  return { gatewayUrl, demoFile: env.DEMO_FILE || join(dataDir, 'demo.json') };
}

/** What `npm start` wrote down when it was ready. */
function runningGateway(dataDir: string): string {
  try {
    const { gatewayUrl } = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as { gatewayUrl: string };
    return gatewayUrl;
  } catch {
    throw new Error('no platform runs from this folder: run `npm start` first, or set GATEWAY_URL');
  }
}
