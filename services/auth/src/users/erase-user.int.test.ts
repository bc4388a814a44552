// Erasing a user: who may, what is gone at once and for good, what the other services are told.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { tailStreams } from '@holdfast/shared/messaging';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { testName, until } from '@holdfast/shared/testing';
import { systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, type SignUp } from '../auth.fixture.ts';
import { erasureSettleMs } from '../limits.ts';
import { eraseDueTraces } from './erase-user.ts';

let aheadMs = 0;
let auth: Fixture;
let tail: Awaited<ReturnType<typeof tailStreams>>;
const published: DomainEvent[] = [];
let shop: SignUp;
beforeAll(async () => {
  auth = await openFixture({ clock: { ...systemClock, now: () => new Date(Date.now() + aheadMs) } });
  const { REDIS_URL: redisUrl, STREAM_GENERATION: generation } = auth.deps.config;
  const { log } = auth.deps;
  tail = await tailStreams({
    redisUrl,
    generation,
    stream: 'auth',
    log,
    onEntry: (event) => void published.push(event),
  });
  shop = await auth.signUp();
});
afterAll(async () => {
  await tail.stop();
  await auth.close();
});

const owner = () => auth.as(shop.accessToken);
const erase = (id: string, by = owner()) => by.post(`/v1/users/${id}/erase`);
const stored = (collection: string, where: object) =>
  asSystem('test', () => auth.deps.database.db.collection(collection).find(where).toArray());

/** A customer with a canary in everything that tells who it is. */
async function register() {
  const canary = testName('canary');
  const email = `${canary}@customer.example`;
  const body = { tenant: shop.tenant.slug, name: `Nils ${canary}`, email, password: goodPassword };
  const answer = await auth.as().post('/v1/auth/register', body, { 'user-agent': `Phone of ${canary}` });
  return { canary, email, ...answer.body };
}

it('leaves nothing of a person in auth, and tells the others', async () => {
  const { canary, email, user, accessToken } = await register();
  const everything = async () =>
    JSON.stringify([await stored('users', { _id: user.id }), await stored('sessions', { userId: user.id })]);
  expect(await everything()).toContain(canary);
  expect(await erase(user.id)).toMatchObject({ status: 202, body: { id: user.id, status: 'erasing' } });
  expect(await everything()).not.toContain(canary);
  expect((await auth.as(accessToken).get('/v1/me')).status).toBe(401);
  expect((await owner().get(`/v1/users/${user.id}`)).status).toBe(404);
  const login = (email: string) =>
    auth.as().post('/v1/auth/login', { tenant: shop.tenant.slug, email, password: goodPassword });
  for (const address of [email, user.id]) expect((await login(address)).status).toBe(401);
  const isErased = ({ type, subject }: DomainEvent) => type === 'com.holdfast.user.erased.v1' && subject === user.id;
  await until(() => published.some(isErased), { what: 'the event is published' });
  const { data, aggregateversion } = published.find(isErased)!;
  expect([aggregateversion, data]).toMatchObject([2, { userId: user.id, status: 'deleted', accessVersion: 2 }]);
  expect(data).toHaveProperty('erasedAt');
  expect(JSON.stringify(published)).not.toContain(canary);
  expect((await auth.register(shop.tenant.slug, email)).user.id).not.toBe(user.id);
});

it('finds what a request of before has written meanwhile', async () => {
  const { canary, user } = await register();
  await erase(user.id);
  const { tenant } = shop;
  const session = (await stored('sessions', { userId: user.id }))[0]!;
  await asTenant(tenant.id, () =>
    auth.deps.database.db
      .collection<{ _id: string }>('sessions')
      .updateOne({ tenantId: tenant.id, _id: String(session._id) }, { $set: { userAgent: canary, events: [] } }),
  );
  const isGone = async () => !JSON.stringify(await stored('sessions', { userId: user.id })).includes(canary);
  await eraseDueTraces(auth.deps);
  expect(await isGone()).toBe(false);
  aheadMs = erasureSettleMs + 1_000;
  await eraseDueTraces(auth.deps);
  expect(await isGone()).toBe(true);
  expect((await stored('users', { _id: user.id }))[0]).not.toHaveProperty('erasureDueAt');
  aheadMs = 0;
});

it('also erases one that was deleted before, and does nothing the second time', async () => {
  const { canary, user } = await register();
  await owner().delete(`/v1/users/${user.id}`);
  const before = (await stored('users', { _id: user.id }))[0]!;
  expect(JSON.stringify(before)).toContain(canary);
  expect((await erase(user.id)).status).toBe(202);
  const after = (await stored('users', { _id: user.id }))[0]!;
  expect(JSON.stringify(after)).not.toContain(canary);
  expect((await erase(user.id)).status).toBe(202);
  expect((await stored('users', { _id: user.id }))[0]!.version).toBe(after.version);
});

it('is for those who may delete the user', async () => {
  const staff = async (role: string) => {
    const email = `${testName('e')}@shop.example`;
    const { body } = await owner().post('/v1/users', { name: 'E', email, password: goodPassword, role });
    const signedIn = await auth
      .as()
      .post('/v1/auth/login', { tenant: shop.tenant.slug, email, password: goodPassword });
    return { id: body.id, caller: auth.as(signedIn.body.accessToken) };
  };
  const { user } = await register();
  const [admin, other, manager] = [await staff('ADMIN'), await staff('ADMIN'), await staff('MANAGER')];
  expect((await erase(user.id, manager.caller)).status).toBe(403);
  expect((await erase(other.id, admin.caller)).status).toBe(403);
  expect((await erase(shop.user.id)).body.code).toBe('last_owner');
  const stranger = auth.as((await auth.signUp()).accessToken);
  expect((await erase(user.id, stranger)).status).toBe(404);
  expect((await erase(user.id, admin.caller)).status).toBe(202);
  expect((await erase(other.id)).status).toBe(202);
});
