// Signing keys are replaced by schedule, by an operator and in an emergency, while two replicas sign and everybody
// verifies.
import { createVerifier, remoteKeys } from '@holdfast/shared/http';
import { until } from '@holdfast/shared/testing';
import { systemClock } from '@holdfast/shared/values';
import { afterEach, expect, it } from 'vitest';
import { type Fixture, openFixture, testConfig } from '../auth.fixture.ts';
import { dayMs } from '../limits.ts';
import { replaceCompromisedKeys, rotateDueKeys, rotateKeys } from './rotate-keys.ts';

const open: { close(): Promise<unknown> | unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

let aheadMs = 0;
const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };

async function openReplicas(): Promise<[Fixture, Fixture]> {
  aheadMs = 0;
  const config = testConfig();
  const replicas: [Fixture, Fixture] = [await openFixture({ config, clock }), await openFixture({ config, clock })];
  open.push(...replicas);
  // As each does by itself, only faster.
  const reloading = setInterval(() => replicas.forEach(({ deps }) => void deps.keyring.reload()), 50);
  open.push({ close: () => clearInterval(reloading) });
  return replicas;
}

/** A service that knows auth by its key set only, and reads it rarely enough to miss an unannounced key. */
async function openVerifier(auth: Fixture) {
  const ask = async () => auth.deps.keyring.published();
  const keys = remoteKeys({ ask, log: auth.deps.log, refreshMs: 100, cooldownMs: 600_000 });
  await keys.load();
  open.push({ close: () => keys.stop() });
  return createVerifier({ keys: keys.get, revocations: { isRevoked: () => false } });
}

const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid as string;

it('twice under load, without one refused token', async () => {
  const [auth, replica] = await openReplicas();
  const verifier = await openVerifier(auth);
  const { accessToken, ...owner } = await auth.signUp();
  const tokens = [accessToken];
  const kids = () => new Set(tokens.map(kidOf));
  let { refreshToken } = owner;
  const outcomes: unknown[] = [];
  let isLoaded = true;
  const load = (async () => {
    for (let turn = 0; isLoaded; turn += 1) {
      const signer = turn % 2 === 0 ? auth : replica;
      const { status, body } = await signer.as().post('/v1/auth/refresh', { refreshToken });
      outcomes.push(status);
      refreshToken = body.refreshToken;
      tokens.push(body.accessToken);
      // Old tokens and new ones, on the other replica and on a service.
      for (const token of [tokens.at(-1)!, tokens.at(-5) ?? accessToken]) {
        outcomes.push((await (signer === auth ? replica : auth).as(token).get('/v1/me')).status);
        outcomes.push(
          await verifier.verify(token).then(
            () => 200,
            () => 401,
          ),
        );
      }
    }
  })();
  for (const expected of [2, 3]) {
    const { kid } = await rotateKeys(auth.deps, 1_000);
    expect(kids()).not.toContain(kid);
    await until(() => kids().size === expected, { what: 'tokens of the new key', timeoutMs: 10_000 });
  }
  isLoaded = false;
  await load;
  expect(new Set(outcomes)).toEqual(new Set([200]));
});

it('by the operator’s command, once for several, with a key that is published before it signs', async () => {
  const [auth, replica] = await openReplicas();
  const { config } = auth.deps;
  const operator = auth.as(config.INTERNAL_TOKEN);
  expect((await auth.as().post('/internal/signing-keys')).status).toBe(401);
  expect((await operator.post('/internal/signing-keys', { now: true })).body.code).toBe('validation_failed');
  const before = auth.deps.keyring.current().kid;
  const answers = await Promise.all([
    operator.post('/internal/signing-keys'),
    replica.as(config.INTERNAL_TOKEN).post('/internal/signing-keys'),
  ]);
  const [first, second] = answers.map(({ body }) => body as unknown as { kid: string; signsFrom: string });
  expect(second).toEqual(first);
  expect(Date.parse(first!.signsFrom) - Date.now()).toBeGreaterThan(4 * 60_000);
  expect(auth.deps.keyring.published().keys.map(({ kid }) => kid)).toEqual([first!.kid, before]);
  expect(auth.deps.keyring.current().kid).toBe(before);
  aheadMs = 5 * 60_000 + 1_000;
  expect([auth, replica].map(({ deps }) => deps.keyring.current().kid)).toEqual([first!.kid, first!.kid]);
  aheadMs += 13 * 60_000;
  expect(auth.deps.keyring.published().keys.map(({ kid }) => kid)).toEqual([first!.kid]);
});

it('by the schedule, when the current key has signed for its time', async () => {
  const [auth] = await openReplicas();
  const keys = () => auth.deps.keyring.published().keys;
  aheadMs = 29 * dayMs;
  await rotateDueKeys(30 * dayMs, auth.deps);
  expect(keys()).toHaveLength(1);
  aheadMs = 30 * dayMs + 1;
  await rotateDueKeys(30 * dayMs, auth.deps);
  await rotateDueKeys(30 * dayMs, auth.deps);
  expect(keys()).toHaveLength(2);
});

it('at once when they are compromised, also while another one is on its way', async () => {
  const [auth, replica] = await openReplicas();
  const owner = await auth.signUp();
  const { kid: coming } = await rotateKeys(auth.deps);
  const { kid } = await replaceCompromisedKeys(auth.deps);
  expect(auth.deps.keyring.published().keys.map((key) => key.kid)).toEqual([kid]);
  expect(kid).not.toBe(coming);
  for (const service of [auth, replica]) {
    // A token that was verified before would be believed for up to a minute; this one was not.
    const hasRead = () => service.deps.keyring.current().kid === kid;
    await until(hasRead, { what: 'the replica has read the keys again', timeoutMs: 5_000 });
    expect((await service.as(owner.accessToken).get('/v1/me')).status).toBe(401);
  }
  const { refreshToken } = owner;
  const fresh = await replica.as().post('/v1/auth/refresh', { refreshToken });
  expect(kidOf(fresh.body.accessToken)).toBe(kid);
  expect((await auth.as(fresh.body.accessToken).get('/v1/me')).status).toBe(200);
});

it('not faster than tokens expire: a key whose tokens are in use stays', async () => {
  const [auth] = await openReplicas();
  for (let count = 0; count < 14; count += 1) {
    aheadMs += 10;
    await rotateKeys(auth.deps, 1);
    aheadMs += 10;
  }
  await expect(rotateKeys(auth.deps, 1)).rejects.toMatchObject({ code: 'busy' });
});
