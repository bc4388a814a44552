// Real pressure: an event loop that has more to do than there is time.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { echoService, openFixture } from '../gateway.fixture.ts';
import { loopDelaySteps } from '../limits.ts';
import { watchLoop } from './pressure.ts';

/** Every turn of the event loop takes this long. */
function work(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs; );
}

it('an event loop that is late sheds lists, answers health, and sheds nothing once it has recovered', async () => {
  const loop = watchLoop();
  const service = await echoService();
  const gateway = await openFixture({ urls: [service.url], loopPressure: loop.level });
  onTestFinished(async () => {
    loop.stop();
    await gateway.close();
    await service.app.close();
  });
  const get = async (url: string, headers: Record<string, string> = {}) =>
    (await gateway.app.inject({ url, headers })).statusCode;
  const token = await gateway.tokens.bearer();
  expect(await get('/v1/products', token)).toBe(200);
  let level = 0;
  for (let turns = 0; turns < 100 && level === 0; turns += 1) {
    work(2 * loopDelaySteps[0]!);
    await turn();
    level = loop.level();
  }
  expect(level).toBeGreaterThan(0);
  expect(await Promise.all([get('/v1/products', token), get('/openapi.json'), get('/health/live')])).toEqual([
    503, 503, 200,
  ]);
  await expect.poll(() => loop.level(), { timeout: 10_000 }).toBe(0);
  expect(await get('/v1/products', token)).toBe(200);
}, 60_000);
