import { until } from '@holdfast/shared/testing';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planDescriptors } from '../connections/descriptor-plan.ts';
import { echoService, type Fixture, openFixture } from '../gateway.fixture.ts';
import { waitingShareMax, waitingTenantShareMax } from '../limits.ts';

const descriptorLimit = 512;
const max = planDescriptors(descriptorLimit).ordersConnectionsMax * waitingShareMax;
const tenantMax = max * waitingTenantShareMax;

/** Orders while inventory stands still: who waits is held, the others are answered at once. */
const held: FastifyReply[] = [];
function hold(service: FastifyInstance): void {
  service.get('/v1/orders/:id', (request, reply) => {
    if (request.headers.prefer) held.push(reply);
    else reply.send({ status: 'PENDING' });
  });
  service.post('/v1/orders', (request, reply) => {
    if (request.headers.prefer !== 'respond-async') held.push(reply);
    else reply.code(202).send({ status: 'PENDING' });
  });
}
const untilHeld = (count: number) => until(() => held.length === count, { what: `${count} requests are held` });

let service: Awaited<ReturnType<typeof echoService>>;
let gateway: Fixture;
beforeAll(async () => {
  service = await echoService(hold);
  gateway = await openFixture({ urls: [service.url], descriptorLimit, idleMs: 50 });
});
afterAll(async () => {
  for (const reply of held) reply.send({});
  await gateway.close();
  await service.app.close();
});

async function ask(method: 'GET' | 'POST' | 'HEAD', tenantId: string, prefer = 'wait=20') {
  const headers = { ...(await gateway.tokens.bearer({ tenantId })), prefer, 'idempotency-key': 'k' };
  return gateway.app.inject({ method, url: method === 'POST' ? '/v1/orders' : '/v1/orders/x', headers });
}

describe('requests that wait for a decision', () => {
  it('of one tenant leave connections to the others; further ones are answered at once, and may wait again later', async () => {
    const waiting = Array.from({ length: tenantMax }, () => ask('GET', 'ten_a'));
    await untilHeld(tenantMax);
    expect((await ask('GET', 'ten_a')).json()).toEqual({ status: 'PENDING' });
    expect((await ask('HEAD', 'ten_a')).statusCode).toBe(200);
    expect((await ask('POST', 'ten_a')).statusCode).toBe(202);
    expect((await ask('POST', 'ten_a', 'wait=1, respond-async')).statusCode).toBe(202);
    const other = ask('POST', 'ten_b', '');
    await untilHeld(tenantMax + 1);
    for (const reply of held.splice(0)) reply.send({ status: 'CONFIRMED' });
    expect((await Promise.all([...waiting, other])).map((answer) => answer.json().status)).toEqual(
      Array(tenantMax + 1).fill('CONFIRMED'),
    );
    const again = ask('GET', 'ten_a');
    await untilHeld(1);
    held.pop()!.send({ status: 'CONFIRMED' });
    expect((await again).json()).toEqual({ status: 'CONFIRMED' });
  });

  it('of many tenants leave half of the connections to those that do not wait', async () => {
    const tenants = Array.from({ length: max }, (_, n) => `ten_${n}`);
    const waiting = tenants.map((tenantId) => ask('GET', tenantId));
    await untilHeld(max);
    const later = await Promise.all(Array.from({ length: max }, (_, n) => ask('GET', `ten_late_${n}`)));
    expect(later.every((answer) => answer.json().status === 'PENDING')).toBe(true);
    for (const reply of held.splice(0)) reply.send({});
    await Promise.all(waiting);
  });
});
