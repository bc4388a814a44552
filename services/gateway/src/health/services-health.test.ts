import { expect, it, onTestFinished } from 'vitest';
import { echoService } from '../gateway.fixture.ts';
import type { ReplicaState } from '../routing/replica.ts';
import { serviceCheck } from './services-health.ts';

async function service(status: string): Promise<string> {
  const { app, url } = await echoService((made) => {
    made.get('/health/status', async () => ({ status }));
  });
  onTestFinished(() => app.close());
  return url;
}

it.each([
  ['ok', ['closed', 'closed'], true],
  ['ok', ['closed', 'half_open'], false],
  ['degraded', ['closed', 'closed'], false],
] as [string, ReplicaState[], boolean][])(
  'a service whose second replica is %s, with breakers %j, is ok: %s',
  async (status, breakers, ok) => {
    const urls = [await service('ok'), await service(status)];
    const report = await serviceCheck(urls, () => breakers).check();
    expect(report).toEqual({ ok, replicas: ['ok', status], breakers });
  },
);
