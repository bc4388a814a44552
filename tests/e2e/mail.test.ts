// What users do with the links that they are mailed, through the gateway, with the mails of the mail log.

import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { type AnswerOf, mailApi } from '@holdfast/shared/contracts';
import { until } from '@holdfast/shared/testing';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { openAccess } from './access.ts';
import { Business, gatewayUrl, password } from './business.ts';
import { linkIn, mailLog, untilMail } from './mailbox.ts';

let business: Business;
beforeAll(async () => {
  business = await Business.signUp();
});
const access = openAccess();
afterEach(access.closeSockets);

const newPassword = 'a fresh pass phrase';
const anybody = { token: undefined };
const post = (path: string, body: object) => business.call<{ code?: string }>('POST', path, { ...anybody, body });
const confirm = (token: string) => post('/v1/auth/password-reset/confirm', { token, newPassword });
const refused = { status: 422, body: { code: 'invalid_token' } };

async function resetLink(email: string, n = 1) {
  const asked = await post('/v1/auth/password-reset', { tenant: business.slug, email });
  expect(asked).toMatchObject({ status: 202, body: { accepted: true } });
  return linkIn(await untilMail(email, 'Set a new password', n));
}

it('a forgotten password is set anew: every session and socket of before is over within 5 s', async () => {
  const sam = await business.employ('STAFF');
  const open = await access.listen(sam);
  const { page, token } = await resetLink(sam.email);
  expect(page).toBe(`${gatewayUrl()}/reset-password`);
  expect((await confirm(token)).status).toBe(204);
  await access.isLockedOut(sam, open);
  expect((await post('/v1/auth/refresh', { refreshToken: sam.refreshToken })).status).toBe(401);
  expect(await confirm(token)).toMatchObject(refused);
  const signIn = (tried: string) =>
    post('/v1/auth/login', { tenant: business.slug, email: sam.email, password: tried });
  expect([(await signIn(password)).status, (await signIn(newPassword)).status]).toEqual([401, 200]);
  await untilMail(sam.email, 'Your password was changed');
});

it('the newest link is the one that works', async () => {
  const customer = await business.registerCustomer();
  const [first, second] = [await resetLink(customer.email), await resetLink(customer.email, 2)];
  expect(await confirm(first.token)).toMatchObject(refused);
  expect((await confirm(second.token)).status).toBe(204);
});

it('somebody is invited, accepts, and works', async () => {
  const email = `${randomUUID()}@guest.example`;
  const body = { name: 'Ann Guest', email, role: 'MANAGER', invite: true };
  const invited = await business.call<{ id: string; status: string }>('POST', '/v1/users', { body });
  expect(invited).toMatchObject({ status: 201, body: { status: 'invited' } });
  const { token } = linkIn(await untilMail(email, 'You are invited'));
  const accepted = await business.call<AnswerOf<typeof mailApi.acceptInvitation>>(
    'POST',
    mailApi.acceptInvitation.path,
    {
      ...anybody,
      body: { token, password },
    },
  );
  expect(accepted).toMatchObject({ status: 200, body: { user: { id: invited.body.id, status: 'active' } } });
  const { accessToken } = accepted.body;
  for (const path of ['/v1/users', '/v1/products', '/v1/stock', '/v1/orders']) {
    await until(async () => (await business.call('GET', path, { token: accessToken })).status === 200, {
      what: `${path} lets the new user in`,
    });
  }
  await access.listen({ token: accessToken });
});

it('an address is verified', async () => {
  const customer = await business.registerCustomer();
  const { token } = linkIn(await untilMail(customer.email, 'Confirm your address'));
  expect((await post('/v1/auth/verify-email', { token })).status).toBe(204);
  expect(await business.call('GET', '/v1/me', { token: customer.token })).toMatchObject({
    body: { emailVerified: true },
  });
});

it('the mail log is for its owner only', () => {
  expect(statSync(mailLog()).mode & 0o777).toBe(0o600);
});
