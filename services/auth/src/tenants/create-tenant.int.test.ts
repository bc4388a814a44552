import { authApi, type DomainEvent } from '@holdfast/shared/contracts';
import { tailStreams } from '@holdfast/shared/messaging';
import { asSystem } from '@holdfast/shared/persistence';
import { testName, until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture } from '../auth.fixture.ts';

let auth: Fixture;
beforeAll(async () => {
  auth = await openFixture();
});
afterAll(() => auth.close());

const signUpBody = (slug: string) => ({
  name: 'Fjord Outfitters',
  slug,
  currency: 'EUR',
  timeZone: 'Europe/Oslo',
  owner: { name: 'Ida Berg', email: 'Ida@Fjord.example', password: goodPassword },
});

describe('a business that signs up', () => {
  it('gets its tenant, its OWNER and a session, as the contract says', async () => {
    const slug = testName('s');
    const { status, body } = await auth.as().post('/v1/tenants', signUpBody(slug));
    expect(status).toBe(201);
    expect(authApi.createTenant.answer.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      tenant: { slug, name: 'Fjord Outfitters', currency: 'EUR', timeZone: 'Europe/Oslo', version: 1 },
      user: { email: 'ida@fjord.example', role: 'OWNER', status: 'active' },
      expiresIn: 600,
    });
    const tenant = await auth.as(body.accessToken).get('/v1/tenant');
    expect(tenant.body).toEqual(body.tenant);
    expect(tenant.headers.etag).toBe('"1"');
  });

  it('is announced to the other services: once, without anybody’s name or address', async () => {
    const heard: DomainEvent[] = [];
    const { REDIS_URL: redisUrl, STREAM_GENERATION: generation } = auth.deps.config;
    const tail = await tailStreams({
      redisUrl,
      generation,
      stream: 'auth',
      log: auth.deps.log,
      onEntry: (event) => void heard.push(event),
    });
    const { tenant, user } = await auth.signUp();
    const ofTenant = () => heard.filter((event) => event.tenantid === tenant.id);
    await until(() => ofTenant().length === 2, { what: 'both events are published' });
    const byType = Object.fromEntries(ofTenant().map((event) => [event.type, event]));
    expect(byType['com.holdfast.tenant.created.v1']).toMatchObject({ subject: tenant.id, aggregateversion: 1 });
    expect(byType['com.holdfast.user.created.v1']?.data).toEqual({ userId: user.id, role: 'OWNER' });
    expect(JSON.stringify(ofTenant())).not.toMatch(/ida|berg|outfitters/i);
    await tail.stop();
  });

  it.each(['Asia/Kolkata', 'Europe/Kyiv', 'US/Eastern', 'Etc/UTC'])(
    'in the time zone %s, kept as sent',
    async (timeZone) => {
      const name = ' Cafe\u0301 Outfitters ';
      const answer = await auth
        .as()
        .post('/v1/tenants', { ...signUpBody(testName('s')), name, timeZone, currency: 'JPY' });
      expect(answer).toMatchObject({
        status: 201,
        body: { tenant: { name: 'Caf\u00e9 Outfitters', timeZone, currency: 'JPY' } },
      });
    },
  );

  it('needs a slug that nobody has, and leaves nothing behind without one', async () => {
    const { tenant } = await auth.signUp();
    const usersBefore = await count('users');
    const refused = await auth.as().post('/v1/tenants', signUpBody(tenant.slug));
    expect(refused).toMatchObject({ status: 409, body: { code: 'slug_taken' } });
    expect(await count('users')).toBe(usersBefore);
  });

  it('wins its slug alone when five want it at once', async () => {
    const slug = testName('s');
    const usersBefore = await count('users');
    const answers = await Promise.all(Array.from({ length: 5 }, () => auth.as().post('/v1/tenants', signUpBody(slug))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(await count('users')).toBe(usersBefore + 1);
  });
});

describe('a sign-up is refused', () => {
  const valid = signUpBody('fjord-refused');
  it.each([
    ['a common password', { owner: { ...valid.owner, password: 'Password123' } }, '/owner/password'],
    ['a short password', { owner: { ...valid.owner, password: 'seven77' } }, '/owner/password'],
    ['no address', { owner: { ...valid.owner, email: 'ida' } }, '/owner/email'],
    ['an operator as address', { owner: { ...valid.owner, email: { $ne: null } } }, '/owner/email'],
    ['a slug in capitals', { slug: 'Fjord' }, '/slug'],
    ['a password of blanks', { owner: { ...valid.owner, password: ' '.repeat(8) } }, '/owner/password'],
    ['a name that nobody sees', { name: '\u200b\u3164' }, '/name'],
    ['text that cannot be stored as sent', { owner: { ...valid.owner, name: 'Ida\ud83d' } }, '/owner/name'],
    ['what is no currency', { currency: 'ZZZ' }, '/currency'],
    ['an offset as time zone', { timeZone: '+02:00' }, '/timeZone'],
    ['an unknown time zone', { timeZone: 'Europe/Fjord' }, '/timeZone'],
    ['an id of the client’s own', { _id: 'ten_mine' }, '/_id'],
    ['a role', { owner: { ...valid.owner, role: 'OWNER' } }, '/owner/role'],
  ])('with %s', async (_, change, pointer) => {
    const before = await count('tenants');
    const { status, body } = await auth.as().post('/v1/tenants', { ...valid, ...change });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
    expect(body.errors.map((error) => error.pointer)).toContain(pointer);
    expect(await count('tenants')).toBe(before);
  });
});

function count(collection: string): Promise<number> {
  return asSystem('test', () => auth.deps.database.db.collection(collection).countDocuments());
}
