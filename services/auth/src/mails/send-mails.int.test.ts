// The outbox is emptied into a real mail server, whatever happens to it. Each test sends by itself: the auth behind it
// has no mail server.
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { testName, until } from '@holdfast/shared/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, type SignUp } from '../auth.fixture.ts';
import { claimMs, resetTokenMs, retryFirstMs, retryMaxMs, sendBatchMax } from '../limits.ts';
import { cert } from './certificate.fixture.ts';
import type { Delivery } from './delivery.ts';
import { claimMail } from './mail.ts';
import { urlOf } from './mails.fixture.ts';
import { openMailSending } from './send-mails.job.ts';
import { type MailServer, startMailServer, tokenIn } from './smtp.fixture.ts';
import { openSmtp } from './smtp.ts';

let auth: Fixture;
let server: MailServer;
beforeAll(async () => {
  auth = await openFixture();
});
afterAll(() => auth?.close());
beforeEach(async () => {
  server = await startMailServer();
  // What another test has left is not sent here.
  await asSystem('test', () => auth.deps.database.db.collection('mails').deleteMany({}));
});
const opened: Delivery[] = [];
afterEach(async () => {
  for (const delivery of opened.splice(0)) delivery.close();
  await server.close();
});

const from = 'mails@holdfast.example';
const signal = new AbortController().signal;

/** A sender of its own, to this server or elsewhere; its clock is ahead. */
function sender(to: Partial<Parameters<typeof openSmtp>[0]> = {}) {
  const delivery = openSmtp({ url: urlOf(server), from, ...to });
  opened.push(delivery);
  let aheadMs = 0;
  const clock = { ...auth.deps.clock, now: () => new Date(Date.now() + aheadMs) };
  const { run, check } = openMailSending({ ...auth.deps, clock, delivery, publicUrl: 'https://shop.example' });
  return {
    check,
    run: (stopped = signal) => run(stopped),
    delivery,
    /** Lets time pass. */
    async later(ms: number) {
      aheadMs += ms;
      await run(signal);
    },
  };
}

/** Invites this many; their addresses. */
async function invite({ accessToken }: SignUp, count = 1): Promise<string[]> {
  const emails = Array.from({ length: count }, () => `${testName('i')}@guest.example`);
  for (const email of emails) {
    const body = { name: 'Ann Guest', email, role: 'STAFF', invite: true };
    expect((await auth.as(accessToken).post('/v1/users', body)).status).toBe(201);
  }
  return emails;
}
const storedMails = () => asSystem('test', () => auth.deps.database.db.collection('mails').find({}).toArray());
const sentTo = () => server.received.flatMap(({ to }) => to).sort();

describe('a mail', () => {
  it('comes from the business, to one address, with a link in it', async () => {
    const shop = await auth.signUp();
    const [email] = await invite(shop);
    await sender().run();
    const [mail] = server.received;
    expect(mail).toMatchObject({ from, to: [email], secure: true });
    expect(mail!.headers).toEqual(
      expect.arrayContaining([
        `From: Fjord Outfitters <${from}>`,
        `To: ${email}`,
        'Subject: You are invited - Fjord Outfitters',
        'Auto-Submitted: auto-generated',
      ]),
    );
    expect(mail!.body).toContain('https://shop.example/accept-invitation#token=hfm.');
    const accepted = await auth
      .as()
      .post('/v1/auth/accept-invitation', { token: tokenIn(mail!), password: goodPassword });
    expect(accepted.status).toBe(200);
  });

  it('has no further recipient and no further header, whatever the business is called', async () => {
    const shop = await auth.signUp();
    const name = 'Fjord\r\nBcc: eve@x.example\r\n\r\n<img src=x> "a", b <c@d.example>';
    const tenants = auth.deps.database.db.collection('tenants');
    await asSystem('test', () => tenants.updateOne({ _id: shop.tenant.id as never }, { $set: { name, events: [] } }));
    const [email] = await invite(shop);
    await sender().run();
    const [mail] = server.received;
    expect(mail!.to).toEqual([email]);
    const names = mail!.headers.map((line) => line.split(':')[0]!.toLowerCase());
    expect(names).not.toContain('bcc');
    expect(names.filter((header) => header === 'subject')).toHaveLength(1);
    expect(mail!.headers.find((line) => line.startsWith('From:'))).toMatch(
      /^From: ("[^\r\n]*"|=\?[^\r\n]*) <mails@holdfast.example>$/,
    );
    expect(mail!.body).toContain('&lt;img src=x&gt;');
    expect(mail!.body).not.toMatch(/<p>[^<]*<img/);
  });

  it('is deleted from what is kept: neither address nor token stays', async () => {
    const [email] = await invite(await auth.signUp());
    await sender().run();
    const token = tokenIn(server.received[0]!);
    const [stored] = await storedMails();
    expect(stored).toMatchObject({ status: 'sent', attempts: 1, closedAt: expect.any(Date) });
    expect(Object.keys(stored!).sort()).toEqual(
      [
        '_id',
        'attempts',
        'closedAt',
        'createdAt',
        'kind',
        'recipient',
        'status',
        'tenantId',
        'userId',
        'version',
      ].sort(),
    );
    // The mailbox is kept under a key, to be counted.
    expect(JSON.stringify(stored)).not.toMatch(new RegExp(`${email}|${token}`));
  });
});

describe('two replicas', () => {
  it('that send at once send each mail once', async () => {
    const emails = await invite(await auth.signUp(), 2 * sendBatchMax);
    const [one, two, three] = [sender(), sender(), sender()];
    await Promise.all([one.run(), two.run(), three.run()]);
    expect(sentTo()).toEqual(emails.sort());
  });

  it('one of which died while it sent: the other sends when the claim is over, under the same Message-ID', async () => {
    const [email] = await invite(await auth.signUp());
    const { mails, clock } = auth.deps;
    const [mail] = await mails.listDue(clock.now(), 1);
    await asTenant(mail!.tenantId, () => mails.save(mail!, claimMail(mail!, clock.now())));
    const other = sender();
    await other.run();
    await other.later(claimMs - 30_000);
    expect(sentTo()).toEqual([]);
    await other.later(31_000);
    expect(sentTo()).toEqual([email]);
    expect(server.received[0]!.headers).toContain(`Message-ID: <${mail!.id}@holdfast.example>`);
  });
});

describe('a mail server', () => {
  it('that refuses is asked again after a wait', async () => {
    const [email] = await invite(await auth.signUp());
    const own = sender();
    server.refuse(2);
    await own.run();
    expect([server.attempts, own.check()]).toEqual([1, { ok: false, delivery: 'smtp', isFailing: true }]);
    await own.run();
    expect(server.attempts).toBe(1);
    await own.later(retryFirstMs);
    await own.later(2 * retryFirstMs);
    expect([server.attempts, sentTo()]).toEqual([3, [email]]);
    expect(own.check()).toEqual({ ok: true, delivery: 'smtp', isFailing: false });
  });

  it('that is slow is waited for by a process that stops, so that nothing is sent twice', async () => {
    await invite(await auth.signUp());
    const { promise: isReleased, resolve: release } = Promise.withResolvers<void>();
    let taken = 0;
    await server.close();
    server = await startMailServer({
      onData(stream, _session, done) {
        stream.resume().on('end', () => {
          taken += 1;
          void isReleased.then(() => done());
        });
      },
    });
    const own = sender();
    const stop = new AbortController();
    const running = own.run(stop.signal);
    await until(() => taken === 1, { what: 'the server has the mail' });
    stop.abort();
    own.delivery.close();
    release();
    await running;
    expect((await storedMails()).map(({ status }) => status)).toEqual(['sent']);
  });

  it('that is down for a while gets all mails when it is back', async () => {
    const emails = await invite(await auth.signUp(), 3);
    const { port } = server;
    await server.close();
    const own = sender({ url: urlOf({ port }) });
    for (let n = 0; n < 3; n += 1) await own.later(retryMaxMs);
    server = await startMailServer({}, port);
    await own.later(retryMaxMs);
    expect(sentTo()).toEqual(emails.sort());
  });

  it('that takes nothing is asked for a few of many mails only, the rest of which is not held up later', async () => {
    const emails = await invite(await auth.signUp(), sendBatchMax + 5);
    const own = sender();
    server.refuse(Number.POSITIVE_INFINITY);
    await own.run();
    expect(server.attempts).toBe(sendBatchMax);
    server.refuse(0);
    await own.run();
    await own.later(retryFirstMs);
    expect(sentTo()).toEqual(emails.sort());
  });

  it('is not sent what has expired; that is closed', async () => {
    const shop = await auth.signUp();
    await auth.register(shop.tenant.slug);
    await auth.as().post('/v1/auth/password-reset', { tenant: shop.tenant.slug, email: shop.user.email });
    await until(async () => (await auth.deps.resetRequests.list(1)).length === 0, { what: 'the request is answered' });
    const own = sender();
    server.refuse(Number.POSITIVE_INFINITY);
    await own.run();
    server.refuse(0);
    await own.later(7 * 24 * 3_600_000 + resetTokenMs);
    expect(sentTo()).toEqual([]);
    for (const stored of await storedMails()) {
      expect(stored).toMatchObject({ status: 'expired' });
      expect(stored).not.toHaveProperty('sealed');
    }
  });
});

describe('TLS', () => {
  const send = async (to: Partial<Parameters<typeof openSmtp>[0]>) => {
    await invite(await auth.signUp());
    const own = sender(to);
    await own.run();
    return { ok: own.check().ok, secure: server.received.map(({ secure }) => secure) };
  };
  const trusting = { tls: { ca: cert } };

  it('from the first byte, where the URL says smtps', async () => {
    await server.close();
    server = await startMailServer({ secure: true });
    expect(await send({ url: `smtps://localhost:${server.port}`, ...trusting })).toEqual({ ok: true, secure: [true] });
  });

  it('by STARTTLS, where it says smtp', async () => {
    expect(await send({ url: `smtp://localhost:${server.port}`, ...trusting })).toEqual({ ok: true, secure: [true] });
  });

  it('is refused under a certificate that nobody vouches for', async () => {
    expect(await send({ url: `smtp://localhost:${server.port}` })).toEqual({ ok: false, secure: [] });
    await server.close();
    server = await startMailServer({ secure: true });
    expect(await send({ url: `smtps://localhost:${server.port}` })).toEqual({ ok: false, secure: [] });
  });

  it('is needed: a server without it gets nothing, neither mail nor password, unless the URL says so', async () => {
    await server.close();
    const passwords: unknown[] = [];
    server = await startMailServer({
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      onAuth({ password }, _session, done) {
        passwords.push(password);
        done(null, { user: 'shop' });
      },
    });
    const url = `smtp://shop:s3cret@127.0.0.1:${server.port}`;
    expect(await send({ url })).toEqual({ ok: false, secure: [] });
    expect(passwords).toEqual([]);
    expect(await send({ url: `${url}?tls=optional` })).toMatchObject({ ok: true, secure: [false] });
    expect(passwords).toEqual(['s3cret']);
  });
});

it('without a mail server mails wait, and operators see why', async () => {
  const emails = await invite(await auth.signUp(), 2);
  const { checks } = (await auth.app.inject('/health/status')).json();
  expect(checks.mail).toEqual({ ok: false, required: false, delivery: 'not configured', isFailing: false });
  expect((await auth.app.inject('/health/ready')).statusCode).toBe(200);
  await sender().run();
  expect(sentTo()).toEqual(emails.sort());
});
