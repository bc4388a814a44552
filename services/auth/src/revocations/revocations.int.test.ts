import { revocationsAnswer } from '@holdfast/shared/http';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { internalToken, until } from '@holdfast/shared/testing';
import { newId, stampNow } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, openFixture, type SignUp, testConfig } from '../auth.fixture.ts';
import { newSession, revoke } from '../sessions/session.ts';

const config = testConfig();
let auth: Fixture;
let replica: Fixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openFixture({ config });
  replica = await openFixture({ config });
  fjord = await auth.signUp();
});
afterAll(() => Promise.all([auth.close(), replica.close()]));

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const ask = (since?: string, token = internalToken) =>
  auth.as(token).get(`/internal/revocations${since === undefined ? '' : `?since=${encodeURIComponent(since)}`}`);
const listed = async (since?: string) => (await ask(since)).body.revocations.map(({ sessionId }) => sessionId);

const device = { userAgent: 'test', address: '127.0.0.1' };

/** Stores a session that ended at this time. */
async function ended(at: Date, tenantId = fjord.tenant.id): Promise<string> {
  const session = newSession({ id: newId('ses'), tenantId, userId: fjord.user.id, device, now: minutesAgo(60) });
  const { session: after, events } = revoke(session, 'logout', stampNow({ now: () => at }))!;
  await asTenant(tenantId, async () => {
    const { id, ...fields } = session;
    await auth.deps.sessions.model.create([{ _id: id, ...fields, events: [] }]);
    await auth.deps.sessions.end({ before: session, after, events });
  });
  return session.id;
}

describe('GET /internal/revocations', () => {
  it('opens with the installation’s token only', async () => {
    for (const token of ['', 'wrong', `${internalToken}x`, fjord.accessToken]) {
      expect(await ask(undefined, token)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
    expect((await auth.as().get('/internal/revocations')).status).toBe(401);
    expect((await ask()).status).toBe(200);
  });

  it('serves the sessions of all businesses that ended within 15 minutes, in the form that verifiers read', async () => {
    const other = await auth.signUp();
    const [recent, elsewhere, old] = [
      await ended(minutesAgo(14)),
      await ended(minutesAgo(1), other.tenant.id),
      await ended(minutesAgo(16)),
    ];
    const { body } = await ask(minutesAgo(600).toISOString());
    const ids = revocationsAnswer.parse(body).revocations.map(({ sessionId }) => sessionId);
    expect(ids).toEqual(expect.arrayContaining([recent, elsewhere]));
    expect(ids).not.toContain(old);
  });

  it('serves only what ended since the time that was asked for', async () => {
    const [before, after] = [await ended(minutesAgo(8)), await ended(minutesAgo(4))];
    const ids = await listed(minutesAgo(6).toISOString());
    expect(ids).toContain(after);
    expect(ids).not.toContain(before);
  });

  it.each(['yesterday', '{"$gt":""}', '2026-13-01T00:00:00Z'])('refuses %s as a time', async (since) => {
    expect(await ask(since)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('reads an index, not the collection', async () => {
    const plan = await asSystem('test', () =>
      auth.deps.database.db
        .collection('sessions')
        .find({ revokedAt: { $gte: minutesAgo(15) } })
        .sort({ revokedAt: 1 })
        .explain('queryPlanner'),
    );
    const winning = JSON.stringify(plan.queryPlanner.winningPlan);
    expect(winning).toContain('IXSCAN');
    expect(winning).not.toMatch(/COLLSCAN|"SORT"/);
  });
});

describe('a session that ended', () => {
  it('is dead on another replica within 5 seconds', async () => {
    const customer = await auth.register(fjord.tenant.slug);
    const me = () => replica.as(customer.accessToken).get('/v1/me');
    expect((await me()).status).toBe(200);
    await auth.as().post('/v1/auth/logout', { refreshToken: customer.refreshToken });
    await until(async () => (await me()).status === 401, { what: 'the other replica knows', timeoutMs: 5_000 });
  });

  it('is dead after a restart', async () => {
    const customer = await auth.register(fjord.tenant.slug);
    await auth.as().post('/v1/auth/logout', { refreshToken: customer.refreshToken });
    const restarted = await openFixture({ config });
    expect((await restarted.as(customer.accessToken).get('/v1/me')).status).toBe(401);
    await restarted.close();
  });

  it('is found even if it became visible a little later than a younger one', async () => {
    await ended(new Date());
    await replica.deps.revocations.poll();
    const late = await ended(new Date(Date.now() - 5_000));
    await replica.deps.revocations.poll();
    const who = {
      userId: fjord.user.id,
      tenantId: fjord.tenant.id,
      role: 'OWNER',
      roleVersion: 0,
      tenantVersion: 0,
      keyId: 'key_1',
    };
    const facts = { ...who, sessionId: late, accessVersion: 1 };
    expect(replica.deps.revocations.isRevoked(facts)).toBe(true);
  });
});
