import { authApi } from '@holdfast/shared/contracts';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { createLogger } from '@holdfast/shared/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, problemOf, type SignUp } from '../auth.fixture.ts';

let auth: Fixture;
let fjord: SignUp;
const lines: string[] = [];

beforeAll(async () => {
  const log = createLogger({
    service: 'auth',
    level: 'trace',
    destination: { write: (line) => void lines.push(line) },
  });
  auth = await openFixture({ log });
  fjord = await auth.signUp();
});
afterAll(() => auth.close());

const login = (body: object) => auth.as().post('/v1/auth/login', body);

describe('signing in', () => {
  it('answers as the contract says, in any spelling of the address', async () => {
    for (const email of [fjord.user.email, ` ${fjord.user.email.toUpperCase()} `]) {
      const { status, body } = await login({ tenant: fjord.tenant.slug, email, password: goodPassword });
      expect(status).toBe(200);
      expect(authApi.login.answer.parse(body)).toEqual(body);
      const me = await auth.as(body.accessToken).get('/v1/me');
      expect(me.body).toMatchObject({ id: fjord.user.id, email: fjord.user.email, role: 'OWNER' });
    }
  });

  it('finds the business and the user in any spelling of both', async () => {
    const { slug } = fjord.tenant;
    for (const tenant of [` ${slug}`, `${slug.toUpperCase()}\t`, `\ufeff${slug}`]) {
      const { status } = await login({ tenant, email: `\ufeff${fjord.user.email}`, password: goodPassword });
      expect([tenant, status]).toEqual([tenant, 200]);
    }
  });

  it('opens a session of its own each time', async () => {
    const body = { tenant: fjord.tenant.slug, email: fjord.user.email, password: goodPassword };
    const [first, second] = await Promise.all([login(body), login(body)]);
    await auth.as().post('/v1/auth/logout', { refreshToken: first.body.refreshToken });
    expect((await auth.as(first.body.accessToken).get('/v1/me')).status).toBe(401);
    expect((await auth.as(second.body.accessToken).get('/v1/me')).status).toBe(200);
  });

  it('gives one answer to an unknown business, an unknown address, a wrong password and a disabled account', async () => {
    const disabled = await auth.register(fjord.tenant.slug);
    await disable(disabled.user.id);
    const { slug } = fjord.tenant;
    const answers = await Promise.all([
      login({ tenant: 'nobody-is-here', email: fjord.user.email, password: goodPassword }),
      login({ tenant: slug, email: 'nobody@fjord.example', password: goodPassword }),
      login({ tenant: slug, email: fjord.user.email, password: `${goodPassword}!` }),
      login({ tenant: slug, email: disabled.user.email, password: goodPassword }),
      login({ tenant: slug, email: fjord.user.email, password: 'x' }),
    ]);
    const [first, ...others] = answers;
    expect(first).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    for (const other of others) {
      expect(other.status).toBe(401);
      expect(problemOf(other)).toEqual(problemOf(first!));
      expect(Object.keys(other.headers)).toEqual(Object.keys(first!.headers));
    }
  });

  it('takes no operator for a text', async () => {
    const valid = { tenant: fjord.tenant.slug, email: fjord.user.email, password: goodPassword };
    for (const field of ['tenant', 'email', 'password']) {
      for (const hostile of [{ $ne: null }, { $gt: '' }, { $regex: '.*' }, ['a'], null, 1]) {
        const { status, body } = await login({ ...valid, [field]: hostile });
        expect({ status, pointers: body.errors?.map(({ pointer }) => pointer) }, field).toEqual({
          status: 400,
          pointers: [`/${field}`],
        });
      }
    }
  });
});

describe('two businesses', () => {
  it('may have customers with the same address who know nothing of each other', async () => {
    const other = await auth.signUp();
    const email = 'nils@customer.example';
    const here = await auth.register(fjord.tenant.slug, email);
    const there = await auth.register(other.tenant.slug, email);
    expect(here.user.id).not.toBe(there.user.id);
    const { body } = await login({ tenant: other.tenant.slug, email, password: goodPassword });
    expect(body.user.id).toBe(there.user.id);
    const tenant = await auth.as(body.accessToken).get('/v1/tenant');
    expect(tenant.body.id).toBe(other.tenant.id);
  });
});

it('writes no password, token, hash or address to the log', async () => {
  const canary = 'canary phrase 7fd1';
  await auth.as().post('/v1/auth/register', {
    tenant: fjord.tenant.slug,
    name: 'Canary Name',
    email: 'canary@customer.example',
    password: canary,
  });
  const { body } = await login({ tenant: fjord.tenant.slug, email: 'canary@customer.example', password: canary });
  await login({ tenant: fjord.tenant.slug, email: 'canary@customer.example', password: `${canary} wrong` });
  const written = lines.join('\n');
  expect(written).toContain('signed in');
  expect(written).toContain('sign-in refused');
  for (const secret of ['canary', 'Canary Name', body.accessToken, body.refreshToken, '$2b$']) {
    expect(written).not.toContain(secret);
  }
});

function disable(userId: string): Promise<unknown> {
  const { model } = auth.deps.users;
  const tenantId = fjord.tenant.id;
  return asTenant(tenantId, () =>
    model.updateOne({ tenantId, _id: userId }, { $set: { status: 'disabled', events: [] } }).exec(),
  );
}

it('a sign-in that is under way while the password changes, or the business closes, leaves no session', async () => {
  const shop = await auth.signUp();
  const body = { tenant: shop.tenant.slug, email: shop.user.email, password: goodPassword };
  const { passwords } = auth.deps;
  const overtakenBy = async (overtake: () => Promise<unknown>) => {
    let isFirst = true;
    auth.deps.passwords = {
      ...passwords,
      // What happens while the threads are busy.
      async matches(password, hash, share) {
        const right = await passwords.matches(password, hash, share);
        if (isFirst) {
          isFirst = false;
          await overtake();
        }
        return right;
      },
    };
    const answer = await auth.as().post('/v1/auth/login', body);
    auth.deps.passwords = passwords;
    return answer;
  };
  const change = { currentPassword: goodPassword, newPassword: 'a fresh pass phrase' };
  const changed = await overtakenBy(() => auth.as(shop.accessToken).post('/v1/me/password', change));
  expect(changed).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  body.password = change.newPassword;
  const slug = { slug: shop.tenant.slug };
  const closed = await overtakenBy(() => auth.as(shop.accessToken).post('/v1/tenant/close', slug));
  expect(closed.status).toBe(401);
});

it('renews a hash of another cost, so that it takes as long to compare as any', async () => {
  const { slug } = (await auth.signUp()).tenant;
  const nils = await auth.register(slug);
  const hashOf = async () => {
    const users = auth.deps.database.db.collection<{ _id: string; passwordHash: string }>('users');
    return (await asSystem('test', () => users.findOne({ _id: nils.user.id })))!.passwordHash;
  };
  const cheap = await auth.deps.passwords.hash(goodPassword, 'ten_a');
  expect(auth.deps.passwords.isOutdated(cheap)).toBe(false);
  const outdated = cheap.replace('$04$', '$05$');
  expect(auth.deps.passwords.isOutdated(outdated)).toBe(true);
  const dear = await openFixture({ config: { ...auth.deps.config, PASSWORD_COST: 5 } });
  const login = { tenant: slug, email: nils.user.email, password: goodPassword };
  expect((await dear.as().post('/v1/auth/login', login)).status).toBe(200);
  expect(await hashOf()).toContain('$05$');
  await dear.close();
  expect((await auth.as().post('/v1/auth/refresh', { refreshToken: nils.refreshToken })).status).toBe(200);
});
