// Three thousand requests of one tenant at a service that works through them one after the other, through the gateway.
import { setImmediate as turn } from 'node:timers/promises';
import { until } from '@holdfast/shared/testing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { echoService, type Fixture, openFixture } from '../gateway.fixture.ts';

const flood = 3_000;

/** What the service was asked, in order; it answers one request in each turn of its event loop. */
const arrived: string[] = [];
const open: FastifyReply[] = [];
let isOver = false;
async function answer(): Promise<void> {
  while (!isOver) {
    open.shift()?.send({ data: [], nextCursor: null });
    await turn();
  }
}
function arrive(request: FastifyRequest, reply: FastifyReply): void {
  arrived.push(new URL(request.url, 'http://a').searchParams.get('q') ?? '');
  open.push(reply);
}

let service: Awaited<ReturnType<typeof echoService>>;
let gateway: Fixture;
beforeAll(async () => {
  service = await echoService((app) => {
    app.get('/v1/products', arrive);
    app.get('/v1/orders/:id', arrive);
  });
  gateway = await openFixture({ urls: [service.url] });
});
afterAll(async () => {
  isOver = true;
  await gateway.close();
  await service.app.close();
});

it.each([
  ['that are answered at once', '/v1/products', {}],
  ['that wait for a decision', '/v1/orders/x', { prefer: 'wait=20' }],
])(
  'a flood of requests %s is served in turn with another tenant',
  async (_, path, prefer) => {
    arrived.length = 0;
    isOver = false;
    const loud = { ...(await gateway.tokens.bearer({ tenantId: 'ten_loud' })), ...prefer };
    const quiet = { ...(await gateway.tokens.bearer({ tenantId: 'ten_quiet' })), ...prefer };
    const ask = (headers: Record<string, string>, q: string) => gateway.app.inject({ url: `${path}?q=${q}`, headers });
    const all = Array.from({ length: flood }, () => ask(loud, 'loud'));
    await until(() => open.length > 0, { what: 'the service is busy' });
    const working = answer();
    const quietAnswers: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const before = arrived.length;
      expect((await ask(quiet, `quiet${n}`)).statusCode).toBe(200);
      quietAnswers.push(arrived.indexOf(`quiet${n}`) - before);
    }
    // Behind what was in flight at the service already, and not behind the thousands that wait.
    expect(Math.max(...quietAnswers)).toBeLessThan(flood / 4);
    expect(arrived.length).toBeLessThan(flood);
    // On a slow machine some have waited for as long as they may.
    const statuses = new Set(
      (await Promise.all(all)).map(({ statusCode }) => statusCode).filter((status) => status !== 503),
    );
    expect([...statuses]).toEqual([200]);
    isOver = true;
    await working;
  },
  60_000,
);
