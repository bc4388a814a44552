// Keys and revocations against an auth that starts late, goes down, rotates and revokes:
// a small HTTP server of our own.
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { type DomainEvent, makeEvent, sessionRevoked } from '../contracts/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { type TestTokens, testTokens } from '../testing/tokens.ts';
import { stampNow, systemClock } from '../values/index.ts';
import { remoteKeys } from './keys.ts';
import { type AccessChange, type Revocation, revocationList } from './revocation-list.ts';
import { startRevocations } from './revocations.ts';
import { askService } from './service-client.ts';
import { startTrust } from './trust.ts';

const log = createLogger({ service: 'test', level: 'silent' });
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

type FakeAuth = {
  url: string;
  fetches: { keys: number; revocations: string[] };
  keys: TestTokens['jwks']['keys'];
  revoked: string[];
  changed: AccessChange[];
  app: FastifyInstance;
};

async function authServer(port = 0): Promise<FakeAuth> {
  const app = fastify({ forceCloseConnections: true });
  const state: FakeAuth = { url: '', fetches: { keys: 0, revocations: [] }, keys: [], revoked: [], changed: [], app };
  app.get('/.well-known/jwks.json', async () => {
    state.fetches.keys += 1;
    return { keys: state.keys };
  });
  app.get<{ Querystring: { since: string } }>('/internal/revocations', async (request, reply) => {
    if (request.headers.authorization !== 'Bearer internal') return reply.code(401).send({});
    state.fetches.revocations.push(request.query.since);
    const now = new Date().toISOString();
    const revocations = state.revoked.map((sessionId) => ({ sessionId, tenantId: 'ten_a', revokedAt: now }));
    return { revocations, accessChanges: state.changed.map((change) => ({ ...change, changedAt: now })), now };
  });
  await app.listen({ host: '127.0.0.1', port });
  state.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  open.push(app);
  return state;
}

function revocationEvent(sessionId: string): DomainEvent {
  const data = { sessionId, userId: 'usr_a', reason: 'logout', revokedAt: new Date().toISOString() } as const;
  return makeEvent(sessionRevoked, { tenantId: 'ten_a', id: sessionId, version: 1 }, stampNow(systemClock), data);
}

describe('keys', () => {
  it('are retired when a newer one is there without them, and not by a replica that does not know the newest', async () => {
    const [one, two, three] = ['k1', 'k2', 'k3'].map((kid) => ({ kid, kty: 'OKP', crv: 'Ed25519', x: kid }));
    let keys = [one];
    const source = remoteKeys({ ask: async () => ({ keys }), log });
    open.push({ close: async () => source.stop() });
    const retired: string[] = [];
    source.onRetired((keyId) => retired.push(keyId));
    const seen = async (set: typeof keys) => {
      keys = set;
      await source.load();
      return retired.splice(0);
    };
    expect(await seen([one])).toEqual([]);
    expect(await seen([two, one])).toEqual([]);
    expect(await seen([one])).toEqual([]);
    expect(await seen([two, one])).toEqual([]);
    expect(await seen([two])).toEqual(['k1']);
    expect(await seen([three])).toEqual(['k2']);
  });

  it('of an unknown kid are fetched once per cooldown, however many ask', async () => {
    const auth = await authServer();
    const tokens = await testTokens();
    auth.keys = tokens.jwks.keys;
    const keys = remoteKeys({ ask: askService(auth.url), log, cooldownMs: 60_000 });
    await keys.load();
    const ask = (kid: string) => Promise.resolve(keys.get({ alg: 'EdDSA', kid }, {} as never)).catch(() => 'refused');
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => ask(`random-${n}`)));
    expect(new Set(answers)).toEqual(new Set(['refused']));
    expect(auth.fetches.keys).toBe(1);
    keys.stop();
  });

  it('that were added are found after the cooldown, and kept when auth is down', async () => {
    const auth = await authServer();
    const [first, second] = [await testTokens(), await testTokens()];
    auth.keys = first.jwks.keys;
    const keys = remoteKeys({ ask: askService(auth.url), log, cooldownMs: 0 });
    await keys.load();
    auth.keys = [...first.jwks.keys, ...second.jwks.keys];
    expect(await keys.get({ alg: 'EdDSA', kid: second.kid }, {} as never)).toBeDefined();
    await auth.app.close();
    await expect(keys.get({ alg: 'EdDSA', kid: 'unknown' }, {} as never)).rejects.toThrow();
    expect(await keys.get({ alg: 'EdDSA', kid: first.kid }, {} as never)).toBeDefined();
    keys.stop();
  });

  it('are unavailable, not refused, before the first load', async () => {
    const keys = remoteKeys({ ask: askService('http://127.0.0.1:9'), log });
    await expect(keys.get({ alg: 'EdDSA', kid: 'x' }, {} as never)).rejects.toMatchObject({ code: 'unavailable' });
    keys.stop();
  });
});

describe('revocations', () => {
  const facts = {
    sessionId: 'ses_1',
    userId: 'usr_a',
    accessVersion: 1,
    tenantId: 'ten_a',
    role: 'STAFF',
    roleVersion: 0,
    tenantVersion: 0,
    keyId: 'key_1',
  };

  it('of a role concern the tokens of before of that tenant, and no built-in role', () => {
    const list = revocationList(log);
    list.add({ tenantId: 'ten_a', role: 'Buyer', roleVersion: 3 });
    list.add({ tenantId: 'ten_a', role: 'Buyer', roleVersion: 2 });
    const isRevoked = (roleVersion: number, role = 'Buyer', tenantId = 'ten_a') =>
      list.isRevoked({ ...facts, tenantId, role, roleVersion });
    expect([isRevoked(1), isRevoked(2), isRevoked(3)]).toEqual([true, true, false]);
    expect([isRevoked(1, 'Clerk'), isRevoked(1, 'Buyer', 'ten_b'), isRevoked(0, 'STAFF')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('come from the stream at once and by poll without it', async () => {
    const auth = await authServer();
    auth.revoked = ['ses_old'];
    let onEvent: (event: DomainEvent) => void = () => {};
    const revocations = startRevocations({
      ask: askService(auth.url, 'internal'),
      log,
      pollMs: 20,
      follow: async (listener) => {
        onEvent = listener;
        return { stop: () => undefined };
      },
    });
    open.push({ close: () => revocations.stop() });
    const heard: Revocation[] = [];
    revocations.onRevoked((revocation) => heard.push(revocation));
    const isRevoked = (sessionId: string) => revocations.isRevoked({ ...facts, sessionId });
    expect(revocations.isLoaded()).toBe(false);
    await revocations.load();
    expect([revocations.isLoaded(), isRevoked('ses_old')]).toEqual([true, true]);
    onEvent(revocationEvent('ses_streamed'));
    expect(isRevoked('ses_streamed')).toBe(true);
    auth.revoked.push('ses_polled');
    await expect.poll(() => isRevoked('ses_polled')).toBe(true);
    expect(heard.map((one) => ('sessionId' in one ? one.sessionId : ''))).toEqual([
      'ses_old',
      'ses_streamed',
      'ses_polled',
    ]);
    expect(isRevoked('ses_other')).toBe(false);
  });

  it('are asked for with an overlap, so that one committed late is not missed', async () => {
    const auth = await authServer();
    const revocations = startRevocations({ ask: askService(auth.url, 'internal'), log, pollMs: 60_000 });
    open.push({ close: () => revocations.stop() });
    await revocations.load();
    await revocations.load();
    const age = Date.now() - Date.parse(auth.fetches.revocations[1]!);
    expect(age).toBeGreaterThan(10_000);
    expect(age).toBeLessThan(60_000);
  });

  it('of a user concern the tokens of before, but for those of the session that goes on', async () => {
    const auth = await authServer();
    const change = { userId: 'usr_a', tenantId: 'ten_a', accessVersion: 3 };
    auth.changed = [{ ...change, accessVersion: 2 }, { ...change, exceptSessionId: 'ses_kept' }, change];
    const revocations = startRevocations({ ask: askService(auth.url, 'internal'), log, pollMs: 60_000 });
    open.push({ close: () => revocations.stop() });
    await revocations.load();
    const isRevoked = (accessVersion: number, sessionId = 'ses_1', userId = 'usr_a') =>
      revocations.isRevoked({ ...facts, sessionId, userId, accessVersion });
    expect([isRevoked(1), isRevoked(2), isRevoked(3), isRevoked(4)]).toEqual([true, true, false, false]);
    expect([isRevoked(2, 'ses_kept'), isRevoked(2, 'ses_1', 'usr_b')]).toEqual([false, false]);
  });

  it('of a key concern all tokens that it has signed', () => {
    const list = revocationList(log);
    list.add({ keyId: 'key_1' });
    expect([list.isRevoked(facts), list.isRevoked({ ...facts, keyId: 'key_2' })]).toEqual([true, false]);
  });

  it('of a business concern all tokens from before it was closed, and no other business', () => {
    const list = revocationList(log);
    list.add({ tenantId: 'ten_a', tenantVersion: 4 });
    const isRevoked = (tenantVersion: number, tenantId = 'ten_a') =>
      list.isRevoked({ ...facts, tenantId, tenantVersion });
    expect([isRevoked(0), isRevoked(3), isRevoked(4), isRevoked(0, 'ten_b')]).toEqual([true, true, false, false]);
  });

  it('are forgotten when no token can live that long, and bounded', () => {
    const list = revocationList(log, 2);
    for (const [n, sessionId] of ['a', 'b', 'c'].entries()) list.add({ sessionId, tenantId: 'ten_a' }, n);
    expect(['a', 'b', 'c'].map((sessionId) => list.isRevoked({ ...facts, sessionId }))).toEqual([false, true, true]);
    list.forget(16 * 60_000);
    expect(list.size()).toBe(0);
  });
});

describe('trust', () => {
  it('waits for an auth that starts later', async () => {
    const early = await authServer();
    const port = Number(new URL(early.url).port);
    await early.app.close();
    const trust = startTrust({ authUrl: `http://127.0.0.1:${port}`, internalToken: 'internal', log });
    open.push({ close: () => trust.stop() });
    expect(await trust.check.check()).toMatchObject({ ok: false });
    const tokens = await testTokens();
    await expect(trust.verifier.verify(await tokens.sign())).rejects.toMatchObject({ code: 'unavailable' });
    const auth = await authServer(port);
    auth.keys = tokens.jwks.keys;
    await trust.ready;
    expect(await trust.check.check()).toMatchObject({ ok: true });
    expect(await trust.verifier.verify(await tokens.sign({ tenantId: 'ten_a' }))).toMatchObject({ tenantId: 'ten_a' });
    await auth.app.close();
    expect(await trust.check.check()).toMatchObject({ ok: true });
  });

  it('asks the next replica when one is down', async () => {
    const auth = await authServer();
    expect(await askService(`http://127.0.0.1:9, ${auth.url}/`)('/.well-known/jwks.json')).toEqual({ keys: [] });
  });
});
