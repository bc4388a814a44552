// Many sign-ins at a time: hashing leaves the event loop alone, and what does not fit is told when to come back.
import { afterEach, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, testConfig } from '../auth.fixture.ts';
import { passwordQueueShareMax, passwordThreadsMax } from '../limits.ts';

let auth: Fixture;
afterEach(() => auth.close());

/** How to sign in to an auth whose hashes have this cost. */
async function open(cost: number) {
  auth = await openFixture({ config: testConfig({ PASSWORD_COST: String(cost) }) });
  const { tenant, user } = await auth.signUp();
  return () => auth.as().post('/v1/auth/login', { tenant: tenant.slug, email: user.email, password: goodPassword });
}

it('twenty at the cost of production: nearly all of the work is done off the event loop', async () => {
  const login = await open(11);
  const before = [process.cpuUsage(), process.threadCpuUsage()] as const;
  const answers = await Promise.all(Array.from({ length: 20 }, login));
  const [all, eventLoop] = [process.cpuUsage(before[0]), process.threadCpuUsage(before[1])];
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  // The client of the test runs on the event loop too.
  expect((eventLoop.user + eventLoop.system) / (all.user + all.system)).toBeLessThan(0.2);
});

it('more than may wait are refused with 503 and Retry-After, and sign in afterwards', async () => {
  const login = await open(8);
  const answers = await Promise.all(Array.from({ length: passwordQueueShareMax + passwordThreadsMax + 60 }, login));
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'busy' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(passwordQueueShareMax);
  expect((await login()).status).toBe(200);
});
