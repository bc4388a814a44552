import { allOperations, authApi, catalogApi, ordersApi } from '@holdfast/shared/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoService, type Fixture, openFixture } from '../gateway.fixture.ts';
import { loopStandingLooks, slotWaitingMax, slotWaitingSteps, slotWaitingTenantShareMax } from '../limits.ts';
import { createLoopPressure, queuePressure } from './pressure.ts';
import { classOf, requestClasses } from './request-class.ts';
import { isShed } from './shed.ts';

describe('the class of an operation', () => {
  it.each([
    [catalogApi.listProducts, 'list'],
    [ordersApi.listOrders, 'list'],
    [ordersApi.readOrder, 'read'],
    [ordersApi.placeOrder, 'write'],
    [authApi.login, 'sign_in'],
    [authApi.createTenant, 'sign_in'],
    [authApi.refresh, 'vital'],
    [authApi.logout, 'write'],
  ])('follows from what it is: $0.operationId is $1', (operation, expected) => {
    expect(classOf(operation)).toBe(expected);
  });

  it('is vital for one operation only', () => {
    expect(allOperations.filter((operation) => classOf(operation) === 'vital')).toEqual([authApi.refresh]);
  });
});

describe('at a pressure', () => {
  it.each([
    [0, []],
    [1, ['list']],
    [2, ['list', 'read']],
    [3, ['list', 'read', 'write']],
    [4, ['list', 'read', 'write', 'sign_in']],
    [100, ['list', 'read', 'write', 'sign_in']],
  ])('of %i these classes are shed: %j', (pressure, shed) => {
    expect(requestClasses.filter((one) => isShed(one, pressure))).toEqual(shed);
  });
});

describe('pressure', () => {
  const late = (lateMs: number, busy = 1) => ({ lateMs, busy });
  it('of the event loop is that of a delay that stands, and only while the loop is busy', () => {
    const loop = createLoopPressure();
    const levels: number[] = [];
    const looks = [
      late(9_000),
      late(600),
      late(300),
      late(600),
      late(2_500),
      late(2_500),
      late(2_500),
      late(9_000, 0.5),
    ];
    for (const look of looks) {
      loop.add(look);
      levels.push(loop.level());
    }
    expect([loopStandingLooks, levels]).toEqual([3, [0, 0, 1, 1, 1, 2, 4, 0]]);
  });

  it('of a line rises with its length, and the longest line of one tenant does not raise it', () => {
    const at = (waiting: number) => queuePressure({ waiting: () => waiting, limits: { waitingMax: 100 } as never });
    expect([0, 49, 50, 70, 80, 90, 100].map(at)).toEqual([0, 0, 1, 2, 3, 4, 4]);
    expect(slotWaitingTenantShareMax).toBeLessThan(slotWaitingSteps[0]!);
    expect(at(100 * slotWaitingTenantShareMax), `of ${slotWaitingMax}`).toBe(0);
  });
});

describe('a gateway under pressure', () => {
  let pressure = 0;
  let service: Awaited<ReturnType<typeof echoService>>;
  let gateway: Fixture;
  beforeAll(async () => {
    service = await echoService();
    gateway = await openFixture({ urls: [service.url], loopPressure: () => pressure });
  });
  afterAll(async () => {
    await gateway.close();
    await service.app.close();
  });

  const asked = [
    ['GET', '/docs/'],
    ['GET', '/openapi.json'],
    ['GET', '/v1/orders'],
    ['GET', '/v1/orders/x'],
    ['POST', '/v1/orders'],
    ['POST', '/v1/auth/login'],
    ['POST', '/v1/auth/refresh'],
    ['GET', '/health/live'],
    ['GET', '/health/status'],
  ] as const;
  it.each([
    [0, 0],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
  ])('of %i sheds the first %i of these, with Retry-After, and asks no service for them', async (level, shed) => {
    pressure = level;
    const before = service.seen.length;
    const headers = { ...(await gateway.tokens.bearer()), 'idempotency-key': 'k' };
    const answers = await Promise.all(
      asked.map(([method, url]) =>
        gateway.app.inject({ method, url, headers, ...(method === 'POST' ? { payload: {} } : {}) }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(asked.map((_, n) => (n < shed ? 503 : 200)));
    for (const answer of answers.slice(0, shed))
      expect([answer.json().code, Number(answer.headers['retry-after']) > 0]).toEqual(['busy', true]);
    const passedOn = asked.slice(Math.max(2, shed)).filter(([, url]) => url.startsWith('/v1')).length;
    expect(service.seen.length - before).toBe(passedOn);
  });
});
