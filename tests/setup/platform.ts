// The whole platform for the end-to-end tests: started once, from an empty data folder, without rate limits.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPlatform } from '@holdfast/devstack';

export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = join(import.meta.dirname, '../../.data/e2e', String(process.pid));
  mkdirSync(dataDir, { recursive: true });
  const platform = await startPlatform({
    ports: 'free',
    dataDir,
    env: { RATE_LIMITS: 'off', LOG_LEVEL: 'warn' },
    log: (line) => console.log(`platform: ${line}`),
    onHappening: (happening) => {
      if (happening.kind !== 'ready') console.log(`platform: ${JSON.stringify(happening)}`);
    },
  });
  process.env.HOLDFAST_TEST_GATEWAY_URL = platform.gatewayUrl;
  process.env.HOLDFAST_TEST_MAIL_LOG = join(dataDir, 'mail.log');
  return async () => {
    await platform.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
