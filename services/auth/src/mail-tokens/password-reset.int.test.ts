// A forgotten password, from the request to the mail to the new sign-in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, type SignIn, type SignUp, testConfig } from '../auth.fixture.ts';
import { type MailServer, startMailServer, tokenIn } from '../mails/smtp.fixture.ts';

let server: MailServer;
let auth: Fixture;
let fjord: SignUp;
beforeAll(async () => {
  server = await startMailServer();
  const url = `smtp://127.0.0.1:${server.port}/?tls=optional`;
  auth = await openFixture({ config: testConfig({ SMTP_URL: url, MAIL_FROM: 'shop@holdfast.example' }) });
  fjord = await auth.signUp();
});
afterAll(async () => {
  await auth?.close();
  await server?.close();
});

const anybody = () => auth.as();
const ask = (email: string, tenant = fjord.tenant.slug) => anybody().post('/v1/auth/password-reset', { tenant, email });
const confirm = (token: string, newPassword = 'a fresh pass phrase') =>
  anybody().post('/v1/auth/password-reset/confirm', { token, newPassword });
const signIn = (email: string, password = goodPassword) =>
  anybody().post('/v1/auth/login', { tenant: fjord.tenant.slug, email, password });

/** Asks for a new password; the mail that comes. */
async function resetMail({ user }: SignIn, n: number) {
  expect(await ask(user.email)).toMatchObject({ status: 202, body: { accepted: true } });
  return server.mailTo(user.email, n);
}

describe('a forgotten password', () => {
  it('is set anew with the token of the mail, once; every session of before is over', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const mail = await resetMail(nils, 2);
    expect((await confirm(tokenIn(mail))).status).toBe(204);
    expect((await auth.as(nils.accessToken).get('/v1/me')).status).toBe(401);
    expect((await anybody().post('/v1/auth/refresh', { refreshToken: nils.refreshToken })).status).toBe(401);
    expect((await signIn(nils.user.email)).status).toBe(401);
    expect((await signIn(nils.user.email, 'a fresh pass phrase')).status).toBe(200);
    expect(await confirm(tokenIn(mail))).toMatchObject({ status: 422, body: { code: 'invalid_token' } });
  });
});
