import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { packPermissions, permissionsOf } from '../contracts/index.ts';
import { cpuMs } from '../testing/cpu-time.ts';
import { type TestTokens, testTokens } from '../testing/tokens.ts';
import { tokenFormat } from './auth.ts';
import { fixedKeys } from './keys.ts';
import { createVerifier } from './verifier.ts';

type Flaw = { header?: Record<string, unknown>; claims?: Record<string, unknown> };

async function flawed({ privateKey, kid }: TestTokens, { header = {}, claims = {} }: Flaw): Promise<string> {
  const body = {
    sub: 'usr_1',
    tid: 'ten_1',
    sid: 'ses_1',
    role: 'OWNER',
    uv: 1,
    iss: tokenFormat.issuer,
    aud: tokenFormat.audience,
    exp: Math.floor(Date.now() / 1_000) + 60,
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(body)))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header })
    .sign(privateKey);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function hs256WithPublicKey(tokens: TestTokens): Promise<string> {
  const pem = await exportSPKI((await importJWK(tokens.jwks.keys[0]!, 'EdDSA')) as never);
  const [, payload] = (await tokens.sign()).split('.');
  const text = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: tokens.kid })}.${payload}`;
  return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
}

async function algNone(tokens: TestTokens): Promise<string> {
  const [, payload] = (await tokens.sign()).split('.');
  return `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`;
}

/** Signed with a key that the token itself brings. */
async function ownKey(tokens: TestTokens): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return flawed(
    { ...tokens, privateKey: privateKey as never },
    { header: { jwk: publicKey.export({ format: 'jwk' }) } },
  );
}

const flaws: [string, (tokens: TestTokens) => Promise<string>][] = [
  ['is not a token', async () => 'x'],
  ['is empty', async () => ''],
  ['is huge', async () => 'x'.repeat(1_000_000)],
  ['has alg none', algNone],
  ['is HS256 over the public key', hs256WithPublicKey],
  ['brings its own key', ownKey],
  ['points at a key elsewhere', (tokens) => flawed(tokens, { header: { jku: 'http://127.0.0.1:9/k', kid: 'other' } })],
  ['has a kid that is a path', (tokens) => flawed(tokens, { header: { kid: '../../dev/null' } })],
  ['is of another type', (tokens) => flawed(tokens, { header: { typ: 'JWT' } })],
  ['is of another issuer', (tokens) => flawed(tokens, { claims: { iss: 'elsewhere' } })],
  ['is for another audience', (tokens) => flawed(tokens, { claims: { aud: 'refresh' } })],
  ['is expired', (tokens) => tokens.sign({ expiresInSeconds: -1 })],
  ['never expires', (tokens) => flawed(tokens, { claims: { exp: undefined } })],
  ['has no subject', (tokens) => flawed(tokens, { claims: { sub: undefined } })],
  ['has no tenant', (tokens) => flawed(tokens, { claims: { tid: undefined } })],
  ['has an empty tenant', (tokens) => flawed(tokens, { claims: { tid: '' } })],
  ['has a tenant that is no text', (tokens) => flawed(tokens, { claims: { tid: { $ne: '' } } })],
  ['has no session', (tokens) => flawed(tokens, { claims: { sid: undefined } })],
  ['has no version of the rights', (tokens) => flawed(tokens, { claims: { uv: undefined } })],
  ['has a version that is no number', (tokens) => flawed(tokens, { claims: { uv: { $gt: 0 } } })],
  [
    'has a role with permissions that are none',
    (tokens) => flawed(tokens, { claims: { role: 'Buyer', perms: 'zz', rv: 1 } }),
  ],
  ['has a role without its version', (tokens) => flawed(tokens, { claims: { role: 'Buyer', perms: 'f' } })],
  ['has an unknown role', (tokens) => flawed(tokens, { claims: { role: 'ROOT' } })],
  ['has another signature', async (tokens) => `${(await tokens.sign()).slice(0, -8)}AAAAAAAA`],
  ['is of another installation', async () => (await testTokens()).sign()],
];

describe('a verifier', () => {
  it.each(flaws)('refuses a token that %s, always with the same words', async (_name, make) => {
    const tokens = await testTokens();
    await expect(tokens.verifier.verify(await make(tokens))).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: undefined,
      headers: { 'www-authenticate': 'Bearer' },
    });
  });

  it('tells who is calling', async () => {
    const tokens = await testTokens();
    const token = await tokens.sign({ tenantId: 'ten_a', userId: 'usr_a', role: 'CUSTOMER', sessionId: 'ses_a' });
    const auth = await tokens.verifier.verify(token);
    expect(auth).toMatchObject({ tenantId: 'ten_a', userId: 'usr_a', role: 'CUSTOMER', sessionId: 'ses_a', token });
    expect(auth.permissions.has('orders:create:own')).toBe(true);
    expect(auth.permissions.has('orders:create')).toBe(false);
  });

  it('gives permissions by role, whatever the token claims', async () => {
    const tokens = await testTokens();
    for (const perms of [['tenant:manage'], packPermissions(['tenant:manage'])]) {
      const claims = { role: 'CUSTOMER', perms, rv: 1, permissions: ['tenant:manage'] };
      const { permissions } = await tokens.verifier.verify(await flawed(tokens, { claims }));
      expect(permissions).toEqual(permissionsOf('CUSTOMER'));
    }
  });

  it('gives a role of a tenant what its token names', async () => {
    const tokens = await testTokens();
    const token = await tokens.sign({ role: 'Buyer', permissions: ['products:read', 'stock:read'], roleVersion: 3 });
    expect(await tokens.verifier.verify(token)).toMatchObject({
      role: 'Buyer',
      roleVersion: 3,
      permissions: new Set(['products:read', 'stock:read']),
    });
  });

  it('remembers a verified token until it is revoked', async () => {
    const tokens = await testTokens();
    const token = await tokens.sign({ sessionId: 'ses_a' });
    expect(tokens.verifier.peek(token)).toBeUndefined();
    await tokens.verifier.verify(token);
    expect(tokens.verifier.peek(token)?.sessionId).toBe('ses_a');
    tokens.revoke('ses_a');
    expect(tokens.verifier.peek(token)).toBeUndefined();
    await expect(tokens.verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('checks a token that it remembers within 10 microseconds of CPU, however many were revoked', async () => {
    const { verifier, sign, revoke } = await testTokens();
    for (let n = 0; n < 10_000; n += 1) revoke(`ses_${n}`);
    const token = await sign();
    await verifier.verify(token);
    const count = 20_000;
    const check = () => {
      for (let n = 0; n < count; n += 1) if (!verifier.peek(token)) throw new Error('forgotten');
    };
    expect((cpuMs(check) * 1_000) / count).toBeLessThan(10);
  });

  it('does not remember past the expiry', async () => {
    const tokens = await testTokens();
    const token = await tokens.sign({ expiresInSeconds: 2 });
    await tokens.verifier.verify(token);
    await expect.poll(() => tokens.verifier.peek(token), { timeout: 5_000 }).toBeUndefined();
  });

  it('remembers a bounded number', async () => {
    const { jwks, sign } = await testTokens();
    const verifier = createVerifier({
      keys: fixedKeys(jwks),
      revocations: { isRevoked: () => false },
      cacheCountMax: 2,
    });
    const all = await Promise.all([sign(), sign(), sign()]);
    for (const token of all) await verifier.verify(token);
    expect(all.map((token) => verifier.peek(token) !== undefined)).toEqual([false, true, true]);
  });
});
