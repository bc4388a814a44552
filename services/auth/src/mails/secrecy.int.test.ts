// Neither a mailed token nor an address is anywhere but in the mail: in no log, no event, no stored document in the
// clear, and in no answer to somebody who has not shown to be the user.
import { asSystem } from '@holdfast/shared/persistence';
import { createLogger } from '@holdfast/shared/telemetry';
import { until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, goodPassword, type SignUp } from '../auth.fixture.ts';
import { type MailFixture, openMailFixture } from './mails.fixture.ts';
import { tokenIn } from './smtp.fixture.ts';

const lines: string[] = [];
const answers: Answer[] = [];
let auth: MailFixture;
let fjord: SignUp;
beforeAll(async () => {
  const log = createLogger({
    service: 'auth',
    level: 'trace',
    destination: { write: (line) => void lines.push(line) },
  });
  auth = await openMailFixture({ log });
  fjord = await auth.signUp();
});
afterAll(() => auth?.close());

async function ask(path: string, body: object): Promise<void> {
  answers.push(await auth.as().post(`/v1/auth/${path}`, body));
}

/** Everything that is stored, as text: events, outbox, tokens, requests. */
async function stored(): Promise<string> {
  const { db } = auth.deps.database;
  const names = ['mails', 'mail_tokens', 'reset_requests', 'sessions', 'refresh_tokens'];
  const documents = await asSystem('test', () =>
    Promise.all(names.map((name) => db.collection(name).find({}).toArray())),
  );
  const users = await asSystem('test', () => db.collection('users').find({}).toArray());
  return JSON.stringify([documents, users.map(({ events }) => events)]);
}

it('holds for every kind of mail, sent, refused and used', async () => {
  const guest = 'canary-guest@fjord.example';
  const nils = await auth.register(fjord.tenant.slug, 'canary-nils@customer.example');
  const { email } = nils.user;
  await auth.server.mailTo(email);
  // A server that refuses repeats the address.
  auth.server.refuse(2);
  const seen: string[] = [];
  const look = async () => void seen.push(await stored());
  await auth.as(fjord.accessToken).post('/v1/users', { name: 'Canary', email: guest, role: 'STAFF', invite: true });
  await look();
  await ask('password-reset', { tenant: fjord.tenant.slug, email });
  await look();
  await until(() => lines.some((line) => line.includes('mail could not be sent')), { what: 'a mail is refused' });
  await look();
  const tokens = [tokenIn(auth.server.received[0]!), tokenIn(await auth.server.mailTo(guest))];
  tokens.push(tokenIn(await auth.server.mailTo(email, 2)));
  const [verification, invitation, reset] = tokens;
  await ask('password-reset/confirm', { token: reset, newPassword: 'a fresh pass phrase' });
  await ask('password-reset/confirm', { token: reset, newPassword: 'a fresh pass phrase' });
  await ask('accept-invitation', { token: reset, password: goodPassword });
  await ask('verify-email', { token: verification });
  answers.push(await auth.as(fjord.accessToken).post(`/v1/users/${nils.user.id}/invitation`));
  const accepted = await auth.as().post('/v1/auth/accept-invitation', { token: invitation, password: goodPassword });
  expect(accepted.status).toBe(200);
  await look();
  const metrics = (await auth.app.inject('/metrics')).body;
  expect(metrics).toMatch(/holdfast_mails_total\{.*outcome="failed".*\} 1/);
  expect(answers.map(({ status }) => status)).toEqual([202, 204, 422, 422, 422, 409]);

  for (const token of tokens) {
    const secret = token.split('.').at(-1)!;
    for (const text of [...lines, ...seen, metrics, JSON.stringify([answers, accepted])])
      expect(text).not.toContain(secret);
  }
  for (const text of [...lines, ...seen, metrics, JSON.stringify(answers)]) expect(text).not.toMatch(/canary/i);
  expect(lines.some((line) => line.includes('mail sent'))).toBe(true);
  expect(seen.join()).toContain('com.holdfast.user.created.v1');
});
