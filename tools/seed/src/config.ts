// Where the seed finds the platform and leaves its result: the only reader of the environment here.
import { join } from 'node:path';

export type Config = { gatewayUrl: string; demoFile: string };

/**
 * Reads GATEWAY_URL (default http://127.0.0.1:8080) and DEMO_FILE (default demo.json in HOLDFAST_DATA_DIR or .data).
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const gatewayUrl = (env.GATEWAY_URL || 'http://127.0.0.1:8080').replace(/\/$/, '');
  if (!/^https?:$/.test(new URL(gatewayUrl).protocol)) throw new Error('GATEWAY_URL must be an http(s) URL');
  return { gatewayUrl, demoFile: env.DEMO_FILE || join(env.HOLDFAST_DATA_DIR || '.data', 'demo.json') };
}
