import { accessApi, authApi, permissionsOf, type Role, roles } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { testName, withKey } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, type SignUp } from '../auth.fixture.ts';
import { createUser } from './create-user.ts';

let auth: Fixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openFixture();
  fjord = await auth.signUp();
});
afterAll(() => auth.close());

const newAddress = () => `${testName('s')}@fjord.example`;
const person = (role: Role, email = newAddress()) => ({ name: 'Sam Ruiz', email, password: goodPassword, role });

/** The token of somebody of this role. */
async function signIn(role: Role): Promise<string> {
  const email = newAddress();
  await auth.as(fjord.accessToken).post('/v1/users', person(role, email));
  const { body } = await auth.as().post('/v1/auth/login', { tenant: fjord.tenant.slug, email, password: goodPassword });
  return body.accessToken;
}

describe('registering', () => {
  it('makes a CUSTOMER and signs it in, as the contract says', async () => {
    const email = newAddress();
    const body = { tenant: fjord.tenant.slug, name: ' Nils Dahl ', email, password: goodPassword };
    const answer = await auth.as().post('/v1/auth/register', body);
    expect(answer.status).toBe(201);
    expect(authApi.register.answer.parse(answer.body)).toEqual(answer.body);
    expect(answer.body.user).toMatchObject({ name: 'Nils Dahl', email, role: 'CUSTOMER' });
    const permissions = await auth.as(answer.body.accessToken).get('/v1/me/permissions');
    expect(permissions.body).toEqual({ role: 'CUSTOMER', permissions: [...permissionsOf('CUSTOMER')] });
  });

  it('refuses an address that is taken, in any spelling, and lets its owner in as before', async () => {
    const { user } = await auth.register(fjord.tenant.slug);
    for (const email of [user.email, ` ${user.email.toUpperCase()}`]) {
      const body = { tenant: fjord.tenant.slug, name: 'Eve', email, password: 'another long phrase' };
      expect(await auth.as().post('/v1/auth/register', body)).toMatchObject({
        status: 409,
        body: { code: 'registration_refused' },
      });
    }
    const login = { tenant: fjord.tenant.slug, email: user.email, password: goodPassword };
    expect((await auth.as().post('/v1/auth/login', login)).status).toBe(200);
  });

  it('makes one user of ten simultaneous registrations of one address', async () => {
    const body = { tenant: fjord.tenant.slug, name: 'Nils', email: newAddress(), password: goodPassword };
    const answers = await Promise.all(Array.from({ length: 10 }, () => auth.as().post('/v1/auth/register', body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it.each([
    ['an unknown business', { tenant: 'nobody-is-here' }, 422, 'unknown_tenant'],
    ['a common password', { password: 'qwertyuiop' }, 400, 'validation_failed'],
    ['a role', { role: 'OWNER' }, 400, 'validation_failed'],
    ['a tenant id', { tenantId: 'ten_other' }, 400, 'validation_failed'],
    ['a password hash', { passwordHash: 'x' }, 400, 'validation_failed'],
  ])('refuses %s', async (_, change, status, code) => {
    const valid = { tenant: fjord.tenant.slug, name: 'Nils', email: newAddress(), password: goodPassword };
    expect(await auth.as().post('/v1/auth/register', { ...valid, ...change })).toMatchObject({
      status,
      body: { code },
    });
  });
});

describe('creating users', () => {
  it('follows the table of roles for every pair', async () => {
    const mayBeCreatedBy: Partial<Record<Role, readonly Role[]>> = {
      OWNER: roles,
      ADMIN: roles.filter((role) => role !== 'OWNER' && role !== 'ADMIN'),
    };
    for (const creator of roles) {
      const caller = auth.as(creator === 'OWNER' ? fjord.accessToken : await signIn(creator));
      const answers = await Promise.all(roles.map((role) => caller.post('/v1/users', person(role))));
      const created = roles.filter((_, i) => answers[i]!.status === 201);
      expect(created, creator).toEqual([...(mayBeCreatedBy[creator] ?? [])]);
      for (const answer of answers.filter(({ status }) => status !== 201)) {
        expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      }
    }
  });

  it('answers as the contract says and never with a hash', async () => {
    const answer = await auth.as(fjord.accessToken).post('/v1/users', person('STAFF'));
    expect(accessApi.createUser.answer.parse(answer.body)).toEqual(answer.body);
    expect(JSON.stringify(answer.body)).not.toMatch(/hash|\$2|events/i);
  });

  it('refuses an address that is taken and a common password', async () => {
    const owner = auth.as(fjord.accessToken);
    expect(await owner.post('/v1/users', person('STAFF', fjord.user.email))).toMatchObject({
      status: 409,
      body: { code: 'registration_refused' },
    });
    const { status, body } = await owner.post('/v1/users', { ...person('STAFF'), password: 'password' });
    expect({ status, pointer: body.errors[0]?.pointer }).toEqual({ status: 400, pointer: '/password' });
  });

  it('needs a token', async () => {
    expect((await auth.as().post('/v1/users', person('STAFF'))).status).toBe(401);
  });
});

describe('creating a user with an Idempotency-Key', () => {
  const create = (body: object, key: string, token = fjord.accessToken) =>
    auth.as(token).post('/v1/users', body, withKey(key));

  it('gives the first answer again, also to ten at once', async () => {
    const body = person('STAFF');
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(body, 'once')));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const again = await create(body, 'once');
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(answers[0]!.body);
  });

  it('gives the first answer also when the user has changed since', async () => {
    const body = person('STAFF');
    const first = await create(body, 'changed-since');
    const { id: tenantId } = fjord.tenant;
    const change = { name: 'Renamed', role: 'MANAGER', status: 'disabled', version: 2, events: [] } as const;
    const changed = await asTenant(tenantId, () =>
      auth.deps.users.model.updateOne({ tenantId, _id: first.body.id }, { $set: change }),
    );
    expect(changed.modifiedCount).toBe(1);
    const again = await create(body, 'changed-since');
    expect(again).toMatchObject({ status: 201, headers: { etag: '"1"', 'idempotency-replayed': 'true' } });
    expect(again.body).toEqual(first.body);
  });

  it('makes the user whose id this caller and key always led to', async () => {
    const caller = { tenantId: 'ten_golden', userId: 'usr_golden', permissions: permissionsOf('OWNER') };
    const requestKey = { key: 'key-golden', requestHash: 'hash' };
    const { created } = await createUser({ ...person('STAFF'), caller, requestKey }, auth.deps);
    expect(created.id).toBe('usr_p3toa5zanhor43zip5qpnnqc4m');
  });

  it('refuses the key for another body, another password included', async () => {
    const body = person('STAFF');
    await create(body, 'other-body');
    for (const change of [{ name: 'Somebody else' }, { role: 'MANAGER' }, { password: 'another long phrase' }]) {
      expect(await create({ ...body, ...change }, 'other-body')).toMatchObject({
        status: 422,
        body: { code: 'idempotency_key_reused' },
      });
    }
  });

  it('keeps the keys of two callers and two businesses apart', async () => {
    const other = await auth.signUp();
    const mine = await create(person('STAFF'), 'shared');
    const theirs = await create(person('STAFF'), 'shared', other.accessToken);
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(mine.body.id).not.toBe(theirs.body.id);
  });

  it('refuses an address that is taken all the same', async () => {
    expect(await create(person('STAFF', fjord.user.email), 'taken')).toMatchObject({
      status: 409,
      body: { code: 'registration_refused' },
    });
  });
});
