// Staff are invited: by mail, with a password that only they know.
import { accessApi, mailApi, type Role, roles } from '@holdfast/shared/contracts';
import { asSystem } from '@holdfast/shared/persistence';
import { testName, until, withKey } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, goodPassword, type SignUp } from '../auth.fixture.ts';
import { type MailFixture, openMailFixture } from '../mails/mails.fixture.ts';
import { tokenIn } from '../mails/smtp.fixture.ts';

let auth: MailFixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openMailFixture();
  fjord = await auth.signUp();
});
afterAll(() => auth?.close());

const owner = () => auth.as(fjord.accessToken);
const newAddress = () => `${testName('i')}@fjord.example`;
const guest = (email = newAddress(), role: Role = 'STAFF') => ({ name: 'Sam Ruiz', email, role, invite: true });
const accept = (token: string, password = goodPassword) =>
  auth.as().post('/v1/auth/accept-invitation', { token, password });
const signIn = (email: string, password = goodPassword) =>
  auth.as().post('/v1/auth/login', { tenant: fjord.tenant.slug, email, password });
const refused = { status: 422, body: { code: 'invalid_token' } };
const statusOf = ({ body }: Answer) => (body as unknown as { status: string }).status;

/** Somebody who was invited, and the token of the mail. */
async function invite(email = newAddress(), role: Role = 'STAFF') {
  const { status, body } = await owner().post('/v1/users', guest(email, role));
  expect(status).toBe(201);
  return { id: body.id, email, token: tokenIn(await auth.server.mailTo(email)) };
}

describe('an invited user', () => {
  it('chooses a password with the token of the mail, and is signed in', async () => {
    const { id, email, token } = await invite(newAddress(), 'MANAGER');
    const answer = await accept(token);
    expect(answer).toMatchObject({ status: 200, body: { user: { id, email, role: 'MANAGER', status: 'active' } } });
    expect(mailApi.acceptInvitation.answer.parse(answer.body)).toEqual(answer.body);
    const me = auth.as(answer.body.accessToken);
    expect(await me.get('/v1/me')).toMatchObject({ status: 200, body: { emailVerified: true, version: 2 } });
    expect((await me.get('/v1/users')).status).toBe(200);
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken: answer.body.refreshToken })).status).toBe(200);
    expect((await signIn(email)).status).toBe(200);
    expect(await accept(token, 'another long phrase')).toMatchObject(refused);
  });

  it('cannot be signed in as, whatever the password, and is found by its status', async () => {
    const { id, email } = await invite();
    for (const password of ['x', 'undefined', 'null']) {
      expect(await signIn(email, password)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    }
    const { body } = await owner().get('/v1/users?status=invited&limit=100');
    const found = (body as unknown as { data: { id: string; status: string }[] }).data;
    expect(found.find((user) => user.id === id)).toMatchObject({ status: 'invited' });
    expect(new Set(found.map(({ status }) => status))).toEqual(new Set(['invited']));
  });

  it('is no active OWNER: the last one stays', async () => {
    const shop = await auth.signUp();
    const as = auth.as(shop.accessToken);
    expect((await as.post('/v1/users', guest(newAddress(), 'OWNER'))).status).toBe(201);
    for (const answer of [
      await as.patch(`/v1/users/${shop.user.id}`, { role: 'STAFF' }),
      await as.delete(`/v1/users/${shop.user.id}`),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'last_owner' } });
    }
  });

  it('can be disabled and invited anew, but not made active without a password', async () => {
    const { id, email, token } = await invite();
    expect(statusOf(await owner().patch(`/v1/users/${id}`, { status: 'active' }))).toBe('invited');
    expect(statusOf(await owner().patch(`/v1/users/${id}`, { status: 'disabled' }))).toBe('disabled');
    expect(await accept(token)).toMatchObject(refused);
    expect(await owner().post(`/v1/users/${id}/invitation`)).toMatchObject({
      status: 409,
      body: { code: 'not_invited' },
    });
    expect(statusOf(await owner().patch(`/v1/users/${id}`, { status: 'active' }))).toBe('invited');
    expect(await accept(token)).toMatchObject(refused);
    expect((await owner().post(`/v1/users/${id}/invitation`)).status).toBe(202);
    expect((await accept(tokenIn(await auth.server.mailTo(email, 2)))).status).toBe(200);
  });

  it('is active with a password that staff set; the invitation is over', async () => {
    const { id, email, token } = await invite();
    expect((await owner().post(`/v1/users/${id}/password`, { newPassword: goodPassword })).status).toBe(204);
    expect(await accept(token)).toMatchObject(refused);
    expect((await signIn(email)).status).toBe(200);
  });

  it('whose address changes is invited there, and not at the former one', async () => {
    const { id, token } = await invite();
    const email = newAddress();
    expect((await owner().patch(`/v1/users/${id}`, { email })).status).toBe(200);
    expect(await accept(token)).toMatchObject(refused);
    expect((await accept(tokenIn(await auth.server.mailTo(email)))).status).toBe(200);
  });

  it('holds its role: it cannot be deleted', async () => {
    const role = testName('Buyer');
    await owner().post('/v1/roles', { name: role, permissions: ['products:read'] });
    await owner().post('/v1/users', guest(newAddress(), role as Role));
    expect(await owner().delete(`/v1/roles/${role}`)).toMatchObject({ status: 409, body: { code: 'role_in_use' } });
  });
});

describe('inviting', () => {
  it('needs exactly one of password and invite', async () => {
    for (const change of [{ password: goodPassword }, { invite: undefined }, { invite: false }]) {
      const { status, body } = await owner().post('/v1/users', { ...guest(), ...change });
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
    }
  });

  it('follows the rights to create, the second time as well', async () => {
    const admin = newAddress();
    await owner().post('/v1/users', { name: 'A', email: admin, password: goodPassword, role: 'ADMIN' });
    const as = auth.as((await signIn(admin)).body.accessToken);
    const privileged: readonly Role[] = ['OWNER', 'ADMIN'];
    for (const role of roles) {
      const allowed = !privileged.includes(role);
      expect((await as.post('/v1/users', guest(newAddress(), role))).status).toBe(allowed ? 201 : 403);
      const { id } = (await owner().post('/v1/users', guest(newAddress(), role))).body;
      expect((await as.post(`/v1/users/${id}/invitation`)).status).toBe(allowed ? 202 : 403);
    }
  });

  it('under an Idempotency-Key gives the first answer again, and one mail', async () => {
    const body = guest();
    const invited = () => owner().post('/v1/users', body, withKey('invite-once'));
    const first = await invited();
    expect(first).toMatchObject({ status: 201, body: { status: 'invited', version: 1 } });
    expect(accessApi.createUser.answer.parse(first.body)).toEqual(first.body);
    const token = tokenIn(await auth.server.mailTo(body.email));
    expect((await invited()).body).toEqual(first.body);
    expect((await accept(token)).status).toBe(200);
    const again = await invited();
    expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([201, 'true', first.body]);
    const { invite: _, ...person } = body;
    expect(
      await owner().post('/v1/users', { ...person, password: goodPassword }, withKey('invite-once')),
    ).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const invitations = () => auth.server.received.filter(({ to }) => to.includes(body.email));
    await auth.server.mailTo((await invite()).email);
    expect(invitations()).toHaveLength(1);
  });

  it('again sends a new token and ends the former one', async () => {
    const { id, email, token } = await invite();
    expect(await owner().post(`/v1/users/${id}/invitation`)).toMatchObject({ status: 202, body: { accepted: true } });
    const second = tokenIn(await auth.server.mailTo(email, 2));
    expect(await accept(token)).toMatchObject(refused);
    expect((await accept(second)).status).toBe(200);
    expect(await owner().post(`/v1/users/${id}/invitation`)).toMatchObject({
      status: 409,
      body: { code: 'not_invited' },
    });
  });

  it('somebody of another business is inviting nobody', async () => {
    const { id } = await invite();
    const other = await auth.signUp();
    for (const unknown of [id, 'usr_unknown']) {
      expect((await auth.as(other.accessToken).post(`/v1/users/${unknown}/invitation`)).status).toBe(404);
    }
  });

  it('an address that is taken is refused as before', async () => {
    expect(await owner().post('/v1/users', guest(fjord.user.email))).toMatchObject({
      status: 409,
      body: { code: 'registration_refused' },
    });
  });

  it('replaces a mail that is not sent yet', async () => {
    const { attempts } = auth.server;
    auth.server.refuse(Number.POSITIVE_INFINITY);
    const body = guest();
    const { id } = (await owner().post('/v1/users', body)).body;
    await until(() => auth.server.attempts > attempts, { what: 'the mail is refused' });
    await owner().post(`/v1/users/${id}/invitation`);
    auth.server.refuse(0);
    expect((await accept(tokenIn(await auth.server.mailTo(body.email)))).status).toBe(200);
    const stored = () =>
      asSystem('test', () =>
        auth.deps.database.db.collection('mails').find({ userId: id }).sort({ createdAt: 1 }).toArray(),
      );
    await until(async () => (await stored()).every(({ status }) => status !== 'waiting'), { what: 'no mail waits' });
    expect((await stored()).map(({ status }) => status)).toEqual(['superseded', 'sent']);
    expect(auth.server.received.filter(({ to }) => to.includes(body.email))).toHaveLength(1);
  });
});
