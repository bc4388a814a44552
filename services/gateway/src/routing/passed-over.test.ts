// What clients and operators see of replicas that are passed over.
import { internalToken, until } from '@holdfast/shared/testing';
import { expect, it, onTestFinished } from 'vitest';
import { echoService, openFixture } from '../gateway.fixture.ts';

it('a dead replica is not noticed but in the metrics; without any the answer is 503 at once, with Retry-After', async () => {
  const [one, two] = [await echoService(), await echoService()];
  const gateway = await openFixture({ urls: [one.url, two.url] });
  onTestFinished(gateway.close);
  const headers = { ...(await gateway.tokens.bearer()), 'idempotency-key': 'k' };
  const place = () => gateway.app.inject({ method: 'POST', url: '/v1/orders', headers, payload: { lines: [] } });
  const metric = async (name: string) => {
    const authorization = `Bearer ${internalToken}`;
    const { body } = await gateway.app.inject({ url: '/metrics', headers: { authorization } });
    return Number(new RegExp(`^holdfast_${name}\\{upstream="orders".*\\} (\\d+)$`, 'm').exec(body)?.[1]);
  };
  await one.app.close();
  for (let n = 0; n < 4; n += 1) expect((await place()).statusCode).toBe(200);
  expect([await metric('upstream_replicas_closed'), await metric('upstream_replicas_open')]).toEqual([1, 1]);
  await two.app.close();
  const answer = await until(
    async () => {
      const refused = await place();
      return refused.statusCode === 503 && (await metric('upstream_replicas_open')) === 2 && refused;
    },
    { what: 'both replicas are passed over' },
  );
  expect([answer.json().code, answer.headers['retry-after']]).toEqual(['unavailable', '1']);
  expect([await metric('slots_held'), await metric('slots_waiting')]).toEqual([0, 0]);
});
