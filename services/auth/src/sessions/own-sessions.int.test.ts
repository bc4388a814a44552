// The list of one's own sessions, and ending them.
import { testName } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, type SignIn, type SignUp } from '../auth.fixture.ts';

let auth: Fixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openFixture();
  fjord = await auth.signUp();
});
afterAll(() => auth.close());

type Listed = {
  id: string;
  userAgent: string;
  address: string;
  lastUsedAt: string;
  createdAt: string;
  current: boolean;
};
const list = async (token: string, query = '') =>
  (await auth.as(token).get(`/v1/sessions${query}`)).body as unknown as { data: Listed[]; nextCursor: string | null };
const isSignedIn = async (token: string) => (await auth.as(token).get('/v1/me')).status === 200;
const refresh = (refreshToken: string) => auth.as().post('/v1/auth/refresh', { refreshToken });

async function customer() {
  const email = `${testName('o')}@customer.example`;
  const first = await auth.register(fjord.tenant.slug, email);
  const signIn = async (userAgent: string, address: string): Promise<SignIn> => {
    const body = { tenant: fjord.tenant.slug, email, password: goodPassword };
    return (await auth.as().post('/v1/auth/login', body, { 'user-agent': userAgent, 'x-forwarded-for': address })).body;
  };
  return { first, signIn };
}

it('shows device, address and last use, newest first, and which one asks', async () => {
  const { first, signIn } = await customer();
  const phone = await signIn('Phone/1.0', '203.0.113.7');
  await signIn('Tést\u0007 agent'.repeat(100).slice(0, 400), 'not an address');
  const { data } = await list(phone.accessToken);
  expect(data.map(({ current }) => current)).toEqual([false, true, false]);
  expect(data[1]).toMatchObject({ userAgent: 'Phone/1.0', address: '203.0.113.7' });
  expect(data[0]!.userAgent).toHaveLength(256);
  expect(data[0]!.address).toBe('127.0.0.1');
  await refresh(first.refreshToken);
  const used = (await list(phone.accessToken)).data[2]!;
  expect(Date.parse(used.lastUsedAt)).toBeGreaterThan(Date.parse(used.createdAt));
});

it('ends one: dead at once, and no longer shown; one of somebody else is unknown', async () => {
  const { first, signIn } = await customer();
  const phone = await signIn('Phone/1.0', '203.0.113.7');
  const [phoneSession] = (await list(phone.accessToken)).data;
  const stranger = await auth.register(fjord.tenant.slug);
  expect((await auth.as(stranger.accessToken).delete(`/v1/sessions/${phoneSession!.id}`)).status).toBe(404);
  expect(await isSignedIn(phone.accessToken)).toBe(true);
  expect((await auth.as(first.accessToken).delete(`/v1/sessions/${phoneSession!.id}`)).status).toBe(204);
  expect(await isSignedIn(phone.accessToken)).toBe(false);
  expect((await refresh(phone.refreshToken)).status).toBe(401);
  expect((await list(first.accessToken)).data).toHaveLength(1);
  expect((await auth.as(first.accessToken).delete('/v1/sessions/ses_unknown')).status).toBe(404);
});

it('ends all others: this one goes on and is the only one shown, also on the second page of a list', async () => {
  const { first, signIn } = await customer();
  const others = [await signIn('A', '203.0.113.1'), await signIn('B', '203.0.113.2')];
  expect((await auth.as(first.accessToken).delete('/v1/sessions')).status).toBe(204);
  for (const { accessToken, refreshToken } of others) {
    expect([await isSignedIn(accessToken), (await refresh(refreshToken)).status]).toEqual([false, 401]);
  }
  const again = await signIn('C', '203.0.113.3');
  expect((await list(first.accessToken)).data.map(({ userAgent }) => userAgent)).toEqual(['C', expect.any(String)]);
  const page = await list(again.accessToken, '?limit=1');
  expect(page.data.map(({ userAgent }) => userAgent)).toEqual(['C']);
  const rest = await list(first.accessToken, `?limit=1&cursor=${encodeURIComponent(page.nextCursor!)}`);
  expect(rest).toMatchObject({ data: [{ current: true }], nextCursor: null });
});

it('ends all: nobody is left, whoever holds a refresh token may ask for it', async () => {
  const { first, signIn } = await customer();
  const phone = await signIn('Phone/1.0', '203.0.113.7');
  expect((await auth.as().post('/v1/auth/logout-all', { refreshToken: phone.refreshToken })).status).toBe(204);
  expect([await isSignedIn(first.accessToken), await isSignedIn(phone.accessToken)]).toEqual([false, false]);
  expect((await refresh(first.refreshToken)).status).toBe(401);
  expect((await auth.as().post('/v1/auth/logout-all', { refreshToken: phone.refreshToken })).status).toBe(204);
  expect((await auth.as().post('/v1/auth/logout-all', { refreshToken: 'nonsense' })).status).toBe(204);
  expect(await isSignedIn((await signIn('Phone/1.0', '203.0.113.7')).accessToken)).toBe(true);
});
