import { authApi } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, openFixture, type SignIn, type SignUp } from '../auth.fixture.ts';
import { refreshGraceMs } from '../limits.ts';

let auth: Fixture;
let fjord: SignUp;
let customer: SignIn;
let aheadMs = 0;
const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
beforeAll(async () => {
  auth = await openFixture({ clock });
  fjord = await auth.signUp();
});
afterAll(() => auth.close());
beforeEach(async () => {
  customer = await auth.register(fjord.tenant.slug);
});

const refresh = (refreshToken: string) => auth.as().post('/v1/auth/refresh', { refreshToken });
const logout = (refreshToken: string) => auth.as().post('/v1/auth/logout', { refreshToken });
const isSignedIn = async (token: string) => (await auth.as(token).get('/v1/me')).status === 200;
const refused = { status: 401, body: { code: 'invalid_refresh_token' } };

describe('refreshing', () => {
  it('gives a new pair of the same session, again and again', async () => {
    let { refreshToken } = customer;
    for (let round = 0; round < 3; round += 1) {
      const { status, body } = await refresh(refreshToken);
      expect(status).toBe(200);
      expect(authApi.refresh.answer.parse(body)).toEqual(body);
      expect(body.refreshToken).not.toBe(refreshToken);
      expect(await isSignedIn(body.accessToken)).toBe(true);
      expect(sessionOf(body.accessToken)).toBe(sessionOf(customer.accessToken));
      refreshToken = body.refreshToken;
    }
  });

  it('20 times at once, as of many tabs, gives one and the same successor, and nobody is signed out', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(customer.refreshToken)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const successors = new Set(answers.map(({ body }) => body.refreshToken));
    expect(successors.size).toBe(1);
    for (const { body } of answers) expect(await isSignedIn(body.accessToken)).toBe(true);
    expect((await refresh([...successors][0]!)).status).toBe(200);
  });

  it('with a token whose successor was used is refused within the grace, without harm', async () => {
    const fresh = await refresh(customer.refreshToken);
    const next = await refresh(fresh.body.refreshToken);
    expect(await refresh(customer.refreshToken)).toMatchObject(refused);
    expect(await isSignedIn(next.body.accessToken)).toBe(true);
    expect((await refresh(next.body.refreshToken)).status).toBe(200);
  });

  it('with a token that was used before ends the session: the new pair is dead too', async () => {
    const fresh = await refresh(customer.refreshToken);
    aheadMs += refreshGraceMs + 1;
    expect(await refresh(customer.refreshToken)).toMatchObject(refused);
    expect(await refresh(fresh.body.refreshToken)).toMatchObject(refused);
    expect(await isSignedIn(fresh.body.accessToken)).toBe(false);
    expect(await isSignedIn(customer.accessToken)).toBe(false);
    expect(await stored()).toMatchObject({
      status: 'revoked',
      reason: 'refresh_token_reused',
      version: 3,
      events: [expect.objectContaining({ body: expect.stringContaining('com.holdfast.session.revoked.v1') })],
    });
  });

  it('leaves the other sessions of the user alone', async () => {
    const other = await auth.register(fjord.tenant.slug);
    await refresh(customer.refreshToken);
    aheadMs += refreshGraceMs + 1;
    expect((await refresh(customer.refreshToken)).status).toBe(401);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it('is refused for what is no refresh token of ours', async () => {
    const elsewhere = await auth.signUp();
    const ours = customer.refreshToken.split('.');
    const theirs = elsewhere.refreshToken.split('.');
    const forged = [`${ours[0]}.${theirs[1]}.${ours[2]}`, `${ours[0]}.${ours[1]}.${'A'.repeat(43)}`];
    for (const token of ['x', customer.accessToken, ...forged]) expect(await refresh(token)).toMatchObject(refused);
    expect((await refresh(customer.refreshToken)).status).toBe(200);
  });

  it('is refused once the token or its session has expired', async () => {
    const { tenant } = fjord;
    const past = new Date(Date.now() - 1_000);
    const sessionId = sessionOf(customer.accessToken);
    const { sessions } = auth.deps;
    await asTenant(tenant.id, () =>
      sessions.model
        .updateOne({ tenantId: tenant.id, _id: sessionId }, { $set: { expiresAt: past, events: [] } })
        .exec(),
    );
    expect(await refresh(customer.refreshToken)).toMatchObject(refused);
  });

  it('takes the role that the user has now', async () => {
    const { users } = auth.deps;
    const tenantId = fjord.tenant.id;
    await asTenant(tenantId, () =>
      users.model.updateOne({ tenantId, _id: customer.user.id }, { $set: { role: 'STAFF', events: [] } }).exec(),
    );
    const { body } = await refresh(customer.refreshToken);
    expect(claimsOf(body.accessToken).role).toBe('STAFF');
  });
});

describe('signing out', () => {
  it('ends the session at once, with one event, and may be repeated', async () => {
    expect(await logout(customer.refreshToken)).toMatchObject({ status: 204, body: undefined });
    expect(await isSignedIn(customer.accessToken)).toBe(false);
    expect(await refresh(customer.refreshToken)).toMatchObject(refused);
    expect((await logout(customer.refreshToken)).status).toBe(204);
    expect(await stored()).toMatchObject({ status: 'revoked', reason: 'logout', version: 2 });
  });

  it('works with a token that was refreshed meanwhile', async () => {
    const fresh = await refresh(customer.refreshToken);
    expect((await logout(customer.refreshToken)).status).toBe(204);
    expect(await isSignedIn(fresh.body.accessToken)).toBe(false);
  });

  it('answers 204 to an unknown token', async () => {
    const unknown = customer.refreshToken.replace(/\.[^.]+$/, `.${'A'.repeat(43)}`);
    for (const token of ['x', unknown]) expect((await logout(token)).status).toBe(204);
    expect(await isSignedIn(customer.accessToken)).toBe(true);
  });
});

it('stores no refresh token, only its hash', async () => {
  const rows = await asTenant(fjord.tenant.id, () =>
    auth.deps.refreshTokens.model.find({ tenantId: fjord.tenant.id }).lean().exec(),
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(customer.refreshToken.split('.')[2]);
});

function claimsOf(token: string): { sid: string; role: string } {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

function sessionOf(token: string): string {
  return claimsOf(token).sid;
}

function stored() {
  const filter = { tenantId: fjord.tenant.id, _id: sessionOf(customer.accessToken) };
  return asTenant(fjord.tenant.id, () => auth.deps.sessions.model.findOne(filter).lean().exec());
}
