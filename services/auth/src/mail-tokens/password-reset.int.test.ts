// A forgotten password, from the request to the mail to the new sign-in.
import { asSystem, asTenant, inTransaction } from '@holdfast/shared/persistence';
import { until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPassword, openFixture, type SignIn, type SignUp } from '../auth.fixture.ts';
import { erasureSettleMs, mailsPerWindowMax } from '../limits.ts';
import { type MailFixture, openMailFixture } from '../mails/mails.fixture.ts';
import { queueMail } from '../mails/queue-mail.ts';
import { type ReceivedMail, tokenIn } from '../mails/smtp.fixture.ts';
import { eraseDueTraces } from '../users/erase-user.ts';
import { answerResetRequests } from './answer-reset-requests.job.ts';

let auth: MailFixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openMailFixture();
  fjord = await auth.signUp();
});
afterAll(() => auth?.close());

const fresh = 'a fresh pass phrase';
const anybody = () => auth.as();
const owner = () => auth.as(fjord.accessToken);
const ask = (email: string, tenant = fjord.tenant.slug) => anybody().post('/v1/auth/password-reset', { tenant, email });
const confirm = (mail: ReceivedMail, newPassword = fresh) =>
  anybody().post('/v1/auth/password-reset/confirm', { token: tokenIn(mail), newPassword });
const signIn = (email: string, password = goodPassword) =>
  anybody().post('/v1/auth/login', { tenant: fjord.tenant.slug, email, password });
const refused = { status: 422, body: { code: 'invalid_token' } };

const isReset = ({ headers }: ReceivedMail) => headers.some((line) => line.startsWith('Subject: Set a new password'));
const resetsTo = (email: string) => auth.server.received.filter((mail) => mail.to.includes(email) && isReset(mail));

/** Asks for a new password; the n-th such mail, which comes. */
async function resetMail({ user }: Pick<SignIn, 'user'>, n = 1): Promise<ReceivedMail> {
  expect(await ask(user.email)).toMatchObject({ status: 202, body: { accepted: true } });
  return until(() => resetsTo(user.email)[n - 1], { what: `mail ${n} to set a new password is there` });
}

/** Resolves when no request waits to be looked at. */
const untilAnswered = () =>
  until(async () => (await auth.deps.resetRequests.list(1)).length === 0, { what: 'all requests are answered' });

describe('a forgotten password', () => {
  it('is set anew with the token of the mail; every session of before is over, and the user is told', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    expect((await confirm(await resetMail(nils))).status).toBe(204);
    expect((await auth.as(nils.accessToken).get('/v1/me')).status).toBe(401);
    expect((await anybody().post('/v1/auth/refresh', { refreshToken: nils.refreshToken })).status).toBe(401);
    expect((await signIn(nils.user.email)).status).toBe(401);
    const { status, body } = await signIn(nils.user.email, fresh);
    expect(status).toBe(200);
    expect((await auth.as(body.accessToken).get('/v1/me')).body).toMatchObject({ emailVerified: true });
    await until(
      () => auth.server.received.some(({ to, raw }) => to.includes(nils.user.email) && raw.includes('was changed')),
      { what: 'the notice is there' },
    );
  });

  it('is not set by a common password, which leaves the token as it was', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const mail = await resetMail(nils);
    const { status, body } = await confirm(mail, 'qwertyuiop');
    expect({ status, pointer: body.errors[0]?.pointer }).toEqual({ status: 400, pointer: '/newPassword' });
    expect((await confirm(mail)).status).toBe(204);
  });

  it('belongs to one account: the same address elsewhere is another', async () => {
    const other = await auth.signUp();
    const email = (await auth.register(fjord.tenant.slug)).user.email;
    const elsewhere = await auth.register(other.tenant.slug, email);
    expect((await confirm(await resetMail({ user: elsewhere.user }))).status).toBe(204);
    expect((await signIn(email, fresh)).status).toBe(200);
    expect((await auth.as(elsewhere.accessToken).get('/v1/me')).status).toBe(200);
  });
});

describe('a token', () => {
  it('works once, also of ten uses at the same time', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const mail = await resetMail(nils);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => confirm(mail, `${fresh} ${n}`)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 204)) expect(answer).toMatchObject(refused);
    expect(await confirm(mail)).toMatchObject(refused);
  });

  it('is ended by a newer one', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const [first, second] = [await resetMail(nils), await resetMail(nils, 2)];
    expect(await confirm(first)).toMatchObject(refused);
    expect((await confirm(second)).status).toBe(204);
  });

  const changes: [string, (nils: SignIn) => Promise<{ status: number }>][] = [
    [
      'the own password',
      ({ accessToken }) =>
        auth.as(accessToken).post('/v1/me/password', { currentPassword: goodPassword, newPassword: fresh }),
    ],
    ['a password that staff set', ({ user }) => owner().post(`/v1/users/${user.id}/password`, { newPassword: fresh })],
    [
      'another address',
      ({ accessToken, user }) =>
        auth.as(accessToken).patch('/v1/me', { email: `x${user.email}`, currentPassword: goodPassword }),
    ],
    ['being disabled', ({ user }) => owner().patch(`/v1/users/${user.id}`, { status: 'disabled' })],
    ['being deleted', ({ user }) => owner().delete(`/v1/users/${user.id}`)],
  ];
  it.each(changes)('is ended by %s', async (_name, change) => {
    const nils = await auth.register(fjord.tenant.slug);
    const mail = await resetMail(nils);
    expect((await change(nils)).status).toBeLessThan(300);
    expect(await confirm(mail)).toMatchObject(refused);
  });

  it('is good for its own purpose only', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const token = tokenIn(await resetMail(nils));
    for (const [path, body] of [
      ['/v1/auth/verify-email', { token }],
      ['/v1/auth/accept-invitation', { token, password: fresh }],
    ] as const) {
      expect(await anybody().post(path, body)).toMatchObject(refused);
    }
  });

  it.each(['nonsense', `hfm.ten_${'a'.repeat(26)}.${'A'.repeat(43)}`])(
    'that is none (%s) is one answer',
    async (token) => {
      const used = await anybody().post('/v1/auth/password-reset/confirm', { token, newPassword: fresh });
      expect(used).toMatchObject(refused);
    },
  );
});

describe('what is kept of mails and tokens', () => {
  /** Mails with something in them, or that would still be sent, and tokens. Others are there to be counted only. */
  const kept = async (userId: string) => {
    const { db } = auth.deps.database;
    const [mails, tokens] = ['mails', 'mail_tokens'].map((name) => db.collection(name));
    const isOpen = { userId, $or: [{ sealed: { $exists: true } }, { status: 'waiting' }] };
    return asSystem('test', () => Promise.all([mails!.countDocuments(isOpen), tokens!.countDocuments({ userId })]));
  };

  it.each(['disabled', 'deleted', 'erased'])('is nothing of who is %s, not even a last notice', async (how) => {
    const { user } = await auth.register(fjord.tenant.slug);
    await resetMail({ user });
    expect(await kept(user.id)).toEqual([expect.any(Number), 2]);
    if (how !== 'disabled') await owner().delete(`/v1/users/${user.id}`);
    if (how === 'erased') await owner().post(`/v1/users/${user.id}/erase`);
    if (how === 'disabled') await owner().patch(`/v1/users/${user.id}`, { status: 'disabled' });
    await until(async () => (await kept(user.id)).join() === '0,0', { what: 'nothing is kept' });
  });

  it('is nothing of who is erased, also of what a request of before has written meanwhile', async () => {
    const { user } = await auth.register(fjord.tenant.slug);
    await owner().post(`/v1/users/${user.id}/erase`);
    const { deps } = auth;
    await asTenant(fjord.tenant.id, () =>
      inTransaction(deps.database, async (session) => {
        const late = (await deps.users.readWithSecrets(fjord.tenant.id, user.id, session))!;
        await queueMail({ user: late, kind: 'password_reset', to: user.email }, deps, session);
      }),
    );
    expect(await kept(user.id)).toEqual([1, 1]);
    const later = { ...deps.clock, now: () => new Date(Date.now() + erasureSettleMs) };
    await eraseDueTraces({ ...deps, clock: later });
    expect(await kept(user.id)).toEqual([0, 0]);
  });
});

it('a closed business sends nothing, and its tokens are worth nothing', async () => {
  const shop = await auth.signUp();
  const { user } = await auth.register(shop.tenant.slug);
  expect(
    (await anybody().post('/v1/auth/password-reset', { tenant: shop.tenant.slug, email: user.email })).status,
  ).toBe(202);
  const mail = await until(() => resetsTo(user.email)[0], { what: 'the mail is there' });
  auth.server.refuse(1);
  await auth.as(shop.accessToken).post('/v1/users', { name: 'A', email: 'a@x.example', role: 'STAFF', invite: true });
  await auth.as(shop.accessToken).post('/v1/tenant/close', { slug: shop.tenant.slug });
  expect(await confirm(mail)).toMatchObject(refused);
  expect(
    (await anybody().post('/v1/auth/password-reset', { tenant: shop.tenant.slug, email: user.email })).status,
  ).toBe(202);
  const waiting = () =>
    asSystem('test', () =>
      auth.deps.database.db.collection('mails').countDocuments({ tenantId: shop.tenant.id, status: 'waiting' }),
    );
  await until(async () => (await waiting()) === 0, { what: 'no mail of the business waits' });
  await untilAnswered();
  expect(resetsTo(user.email)).toHaveLength(1);
});

describe('asking for a new password', () => {
  it('is one answer, and no mail, for who has no account', async () => {
    const disabled = await auth.register(fjord.tenant.slug);
    await owner().patch(`/v1/users/${disabled.user.id}`, { status: 'disabled' });
    const invited = { name: 'Ann', email: 'ann@fjord.example', role: 'STAFF', invite: true };
    expect((await owner().post('/v1/users', invited)).status).toBe(201);
    const nobody = 'nobody@fjord.example';
    const answers = [
      await ask(disabled.user.email),
      await ask(invited.email),
      await ask(nobody),
      await ask(nobody, 'nobody-is-here'),
      await ask('no address at all', 'NO SLUG'),
    ];
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 202, body: { accepted: true } });
    await untilAnswered();
    const known = await auth.register(fjord.tenant.slug);
    await resetMail(known);
    for (const email of [disabled.user.email, invited.email, nobody]) expect(resetsTo(email)).toEqual([]);
  });

  it('sends a bounded number of mails within an hour; the last token goes on working', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    for (let n = 1; n <= mailsPerWindowMax; n += 1) await resetMail(nils, n);
    for (let n = 0; n < 3; n += 1) expect((await ask(nils.user.email)).status).toBe(202);
    await untilAnswered();
    // Whoever asks after them is answered after them.
    await resetMail(await auth.register(fjord.tenant.slug));
    expect(resetsTo(nils.user.email)).toHaveLength(mailsPerWindowMax);
    expect((await confirm(resetsTo(nils.user.email).at(-1)!)).status).toBe(204);
  });

  it('leads to one mail, also when several processes look for its account at once', async () => {
    const replica = await openFixture({ config: auth.config });
    const signal = new AbortController().signal;
    const nils = await auth.register(fjord.tenant.slug);
    await ask(nils.user.email);
    await Promise.all([auth, replica, auth, replica].map(({ deps }) => answerResetRequests(deps, signal)));
    await replica.close();
    const queued = await asSystem('test', () =>
      auth.deps.database.db.collection('mails').countDocuments({ userId: nils.user.id, kind: 'password_reset' }),
    );
    expect(queued).toBe(1);
  });
});
