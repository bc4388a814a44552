/**
 * Whether somebody has an account must not be told by the time that an answer takes. Measured with the real cost of a
 * hash, one request at a time, the kinds taking turns, so that a busy machine slows all of them alike.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goodPassword, openTestAuth, randomSlug, type SignUp, type TestAuth, testConfig } from '../auth-fixture.ts';

const ROUNDS = 15;
/** Of the slower median. A missing hash would make it 0.9 or more. */
const TOLERANCE = 0.3;

let auth: TestAuth;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openTestAuth(testConfig({ PASSWORD_COST: '10' }));
  fjord = await auth.signUp();
});
afterAll(() => auth.close());

it('takes as long to refuse an unknown business or address as a wrong password', async () => {
  const login = (tenant: string, email: string) => async () => {
    const { status } = await auth.post('/v1/auth/login', { tenant, email, password: 'a wrong long phrase' });
    expect(status).toBe(401);
  };
  const { slug } = fjord.tenant;
  await expectAlike(
    login(slug, fjord.user.email),
    login(slug, 'nobody@fjord.example'),
    login('nobody-is-here', 'nobody@fjord.example'),
  );
});

it('takes as long to refuse an address that is taken as to register a free one', async () => {
  const register = (emailOf: () => string, expected: number) => async () => {
    const body = { tenant: fjord.tenant.slug, name: 'Nils', email: emailOf(), password: goodPassword };
    expect((await auth.post('/v1/auth/register', body)).status).toBe(expected);
  };
  await expectAlike(
    register(() => fjord.user.email, 409),
    register(() => `${randomSlug()}@customer.example`, 201),
  );
});

async function expectAlike(...kinds: (() => Promise<void>)[]): Promise<void> {
  const times = kinds.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, kind] of kinds.entries()) {
      const start = performance.now();
      await kind();
      times[i]!.push(performance.now() - start);
    }
  }
  const medians = times.map((all) => all.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!);
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  expect((most - least) / most, `medians in ms: ${medians.map(Math.round)}`).toBeLessThan(TOLERANCE);
}
