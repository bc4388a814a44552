// Whether somebody has an account must not be revealed by the time that an answer takes. Measured one request at a
// time, the kinds taking turns, by the quicker quarter of the answers: what a busy machine adds must not decide. The
// hash is half as dear as in production, which only makes everything else weigh more.
import { testName } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, type SignUp, testConfig } from '../auth.fixture.ts';

const ROUNDS = 15;
/** Of the slower kind. Leaving the hash out for one of them makes it 0.8 or more. */
const TOLERANCE = 0.3;
/** A registration also writes a user and a session, which weighs most on a busy machine; its status tells anyway. */
const REGISTER_TOLERANCE = 0.6;
/** A few milliseconds each, in which chance weighs more. */
const RESET_ROUNDS = 100;
const TIMEOUT_MS = 120_000;

let auth: Fixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openFixture({ config: testConfig({ PASSWORD_COST: '9' }) });
  fjord = await auth.signUp();
});
afterAll(() => auth.close());

const login = (tenant: string, email: string, password: string = 'a wrong long phrase') => {
  return async () => {
    expect((await auth.as().post('/v1/auth/login', { tenant, email, password })).status).toBe(401);
  };
};

it(
  'takes as long to refuse an unknown business or address as a wrong password',
  async () => {
    const { slug } = fjord.tenant;
    await expectAlike(
      { tolerance: TOLERANCE },
      login(slug, fjord.user.email),
      login(slug, 'nobody@fjord.example'),
      login('nobody-is-here', 'nobody@fjord.example'),
    );
  },
  TIMEOUT_MS,
);

it(
  'takes as long to refuse a disabled account, also with its password, as a wrong password',
  async () => {
    const { slug } = fjord.tenant;
    const { user } = await auth.register(slug);
    const disabled = await auth.as(fjord.accessToken).patch(`/v1/users/${user.id}`, { status: 'disabled' });
    expect(disabled.status).toBe(200);
    await expectAlike({ tolerance: TOLERANCE }, login(slug, fjord.user.email), login(slug, user.email, goodPassword));
  },
  TIMEOUT_MS,
);

it(
  'takes as long to refuse an address that is taken as to register a free one',
  async () => {
    const register = (emailOf: () => string, expected: number) => async () => {
      const body = { tenant: fjord.tenant.slug, name: 'Nils', email: emailOf(), password: goodPassword };
      expect((await auth.as().post('/v1/auth/register', body)).status).toBe(expected);
    };
    await expectAlike(
      { tolerance: REGISTER_TOLERANCE },
      register(() => fjord.user.email, 409),
      register(() => `${testName('s')}@customer.example`, 201),
    );
  },
  TIMEOUT_MS,
);

it(
  'takes as long to be asked for a new password of an account as of none, and answers the same',
  async () => {
    const disabled = await auth.register(fjord.tenant.slug);
    await auth.as(fjord.accessToken).patch(`/v1/users/${disabled.user.id}`, { status: 'disabled' });
    const answers = new Set<string>();
    const reset = (tenant: string, email: string) => async () => {
      const { status, body, headers } = await auth.as().post('/v1/auth/password-reset', { tenant, email });
      answers.add(JSON.stringify([status, body, Object.keys(headers).sort()]));
    };
    const { slug } = fjord.tenant;
    await expectAlike(
      { tolerance: TOLERANCE, rounds: RESET_ROUNDS },
      reset(slug, fjord.user.email),
      reset(slug, disabled.user.email),
      reset(slug, 'nobody@fjord.example'),
      reset('nobody-is-here', 'nobody@fjord.example'),
    );
    expect(answers.size).toBe(1);
  },
  TIMEOUT_MS,
);

async function expectAlike(
  { tolerance, rounds = ROUNDS }: { tolerance: number; rounds?: number },
  ...kinds: (() => Promise<void>)[]
): Promise<void> {
  const times = kinds.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, kind] of kinds.entries()) {
      const start = performance.now();
      await kind();
      times[i]!.push(performance.now() - start);
    }
  }
  const typical = times.map((all) => all.sort((a, b) => a - b)[Math.floor(rounds / 4)]!);
  const [least, most] = [Math.min(...typical), Math.max(...typical)];
  expect((most - least) / most, `in ms: ${typical.map(Math.round)}`).toBeLessThan(tolerance);
}
