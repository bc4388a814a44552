// mongod dies under a running relay; what was acknowledged is published once and in order.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startMongod } from '@holdfast/devstack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testServers } from '../../testing/installation.ts';
import { openLab } from './lab/lab.ts';

let mongod: ServerHandle;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-mongod-'));
  mongod = await startMongod({ dataDir: join(folder, 'mongodb') });
});
afterAll(async () => {
  await mongod.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('mongod killed twice while the relay runs', async () => {
  const servers = { mongoUri: mongod.uri, redisUrl: testServers().redisUrl };
  const lab = await openLab(servers, `mongod-${process.pid}`);
  await lab.relay();
  for (let kill = 0; kill < 2; kill += 1) {
    await lab.write(10);
    await mongod.kill();
    await mongod.restart();
    await lab.write(5);
    const writtenAt = Date.now();
    await lab.settle();
    expect(Date.now() - writtenAt).toBeLessThan(5_000);
  }
  expect(lab.restarts.length).toBeGreaterThanOrEqual(2);
  await lab.close();
});
