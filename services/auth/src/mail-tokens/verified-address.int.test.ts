// Addresses are verified by mail, and changes of them are told to the former one.
import { until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPassword, type SignIn, type SignUp } from '../auth.fixture.ts';
import { mailsPerWindowMax } from '../limits.ts';
import { type MailFixture, openMailFixture } from '../mails/mails.fixture.ts';
import { tokenIn } from '../mails/smtp.fixture.ts';

let auth: MailFixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openMailFixture();
  fjord = await auth.signUp();
});
afterAll(() => auth?.close());

const verify = (token: string) => auth.as().post('/v1/auth/verify-email', { token });
const isVerified = async ({ accessToken }: Pick<SignIn, 'accessToken'>) =>
  ((await auth.as(accessToken).get('/v1/me')).body as unknown as { emailVerified: boolean }).emailVerified;
const refused = { status: 422, body: { code: 'invalid_token' } };
const mailsTo = (email: string) => auth.server.received.filter(({ to }) => to.includes(email));

describe('an address', () => {
  it('of who registers is verified with the token of the mail, once', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    expect(await isVerified(nils)).toBe(false);
    const token = tokenIn(await auth.server.mailTo(nils.user.email));
    expect((await verify(token)).status).toBe(204);
    expect(await isVerified(nils)).toBe(true);
    expect(await verify(token)).toMatchObject(refused);
  });

  it('that is new is asked for, the former one is told, and its token is worth nothing', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const former = tokenIn(await auth.server.mailTo(nils.user.email));
    const email = `new-${nils.user.email}`;
    const change = { email, currentPassword: goodPassword };
    expect((await auth.as(nils.accessToken).patch('/v1/me', change)).body).toMatchObject({
      email,
      emailVerified: false,
    });
    const notice = await auth.server.mailTo(nils.user.email, 2);
    expect(notice.headers.join('\n')).toContain('Subject: Your address was changed - Fjord Outfitters');
    expect(notice.body).not.toContain(email);
    expect(await verify(former)).toMatchObject(refused);
    expect((await verify(tokenIn(await auth.server.mailTo(email)))).status).toBe(204);
    expect(await isVerified(nils)).toBe(true);
  });

  it('that staff change is asked for as well', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    await auth.server.mailTo(nils.user.email);
    const email = `staff-${nils.user.email}`;
    await auth.as(fjord.accessToken).patch(`/v1/users/${nils.user.id}`, { email });
    expect((await verify(tokenIn(await auth.server.mailTo(email)))).status).toBe(204);
    await auth.server.mailTo(nils.user.email, 2);
  });

  it('gets the mail again, a few times, the newest of which works, until it is verified', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const { email } = nils.user;
    const send = () => auth.as(nils.accessToken).post('/v1/me/verify-email');
    const first = await auth.server.mailTo(email);
    for (let n = 2; n <= mailsPerWindowMax; n += 1) {
      expect(await send()).toMatchObject({ status: 202, body: { accepted: true } });
      await auth.server.mailTo(email, n);
    }
    expect((await send()).status).toBe(202);
    expect(await verify(tokenIn(first))).toMatchObject(refused);
    expect((await verify(tokenIn(mailsTo(email).at(-1)!))).status).toBe(204);
    expect((await send()).status).toBe(202);
    await auth.server.mailTo((await auth.register(fjord.tenant.slug)).user.email);
    expect(mailsTo(email)).toHaveLength(mailsPerWindowMax);
  });
});

it('a changed password is told to its owner, whoever changed it', async () => {
  const nils = await auth.register(fjord.tenant.slug);
  const body = { currentPassword: goodPassword, newPassword: 'a fresh pass phrase' };
  await auth.as(nils.accessToken).post('/v1/me/password', body);
  await auth.as(fjord.accessToken).post(`/v1/users/${nils.user.id}/password`, { newPassword: goodPassword });
  const notices = () => mailsTo(nils.user.email).filter(({ body: text }) => text.includes('was changed, and'));
  await until(() => notices().length === 2, { what: 'two notices are there' });
});
