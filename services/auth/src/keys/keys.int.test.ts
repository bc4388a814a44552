import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { tokenFormat } from '@holdfast/shared/http';
import { deriveKey } from '@holdfast/shared/values';
import { base64url, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, openFixture, problemOf, type SignUp, testConfig } from '../auth.fixture.ts';
import { newSigningKey } from './signing-key.ts';

const config = testConfig();
let auth: Fixture;
let replica: Fixture;
let fjord: SignUp;
beforeAll(async () => {
  [auth, replica] = await Promise.all([openFixture({ config }), openFixture({ config })]);
  fjord = await auth.signUp();
});
afterAll(() => Promise.all([auth.close(), replica.close()]));

const jwks = async (from = auth) => (await from.as().get('/.well-known/jwks.json')).body.keys;

describe('the key set', () => {
  it('is the same on two replicas that started at once, and after a restart', async () => {
    const keys = await jwks();
    expect(keys).toHaveLength(1);
    expect(await jwks(replica)).toEqual(keys);
    expect((await replica.as(fjord.accessToken).get('/v1/me')).status).toBe(200);
    const restarted = await openFixture({ config });
    expect(await jwks(restarted)).toEqual(keys);
    await restarted.close();
  });

  it('shows public parts only', async () => {
    for (const key of await jwks()) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    }
  });

  it('cannot be opened under another secret', async () => {
    const other = { ...config, HOLDFAST_SECRET: 'the secret of another installation in tests' };
    await expect(openFixture({ config: other })).rejects.toThrow('another HOLDFAST_SECRET');
  });
});

describe('an access token', () => {
  const now = () => Math.floor(Date.now() / 1_000);

  it('says who, where, as what and until when', () => {
    const [header, claims] = fjord.accessToken.split('.', 2).map((part) => JSON.parse(base64urlText(part)));
    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: auth.deps.keyring.current().kid });
    expect(claims).toEqual({
      iss: 'holdfast',
      aud: 'holdfast-api',
      sub: fjord.user.id,
      tid: fjord.tenant.id,
      role: 'OWNER',
      sid: expect.stringMatching(/^ses_/),
      uv: 1,
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: claims.iat + 600,
    });
  });

  it('is refused in every forged form, with one and the same answer', async () => {
    const expected = await auth.as().get('/v1/me');
    expect(expected).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    for (const [name, token] of Object.entries(await forgedTokens())) {
      const answer = await auth.as(token).get('/v1/me');
      expect(answer.status, name).toBe(401);
      expect(problemOf(answer), name).toEqual(problemOf(expected));
    }
    expect((await auth.as(await sign()).get('/v1/me')).status).toBe(200);
  });

  type Change = { header?: object; claims?: object; remove?: string[]; key?: ReturnType<typeof generateKeyPairSync> };

  /** A token that is right but for the change. */
  async function sign({ header = {}, claims = {}, remove = [], key }: Change = {}): Promise<string> {
    const current = auth.deps.keyring.current();
    const all: Record<string, unknown> = { ...goodClaims(), ...claims };
    for (const name of remove) delete all[name];
    return new SignJWT(all)
      .setProtectedHeader({ alg: tokenFormat.algorithm, typ: tokenFormat.type, kid: current.kid, ...header })
      .sign((key?.privateKey as never) ?? current.privateKey);
  }

  function goodClaims() {
    const facts = { sub: fjord.user.id, tid: fjord.tenant.id, role: 'OWNER', sid: 'ses_of_a_test', uv: 1 };
    return { ...facts, iss: 'holdfast', aud: 'holdfast-api', iat: now(), exp: now() + 600 };
  }

  async function forgedTokens(): Promise<Record<string, string>> {
    const stranger = generateKeyPairSync('ed25519');
    const strangersJwk = stranger.publicKey.export({ format: 'jwk' });
    const [header, claims, signature] = fjord.accessToken.split('.') as [string, string, string];
    const promoted = base64url.encode(JSON.stringify({ ...goodClaims(), tid: 'ten_other' }));
    return {
      'alg none': new UnsecuredJWT(goodClaims()).encode(),
      'HS256 with the public key': hs256(),
      'changed claims': `${header}.${promoted}.${signature}`,
      'no signature': `${header}.${claims}.`,
      'another key': await sign({ key: stranger }),
      'a key in the token': await sign({ key: stranger, header: { jwk: strangersJwk } }),
      'the address of a key': await sign({ key: stranger, header: { jku: 'https://evil.example/jwks.json' } }),
      'a certificate’s address': await sign({ key: stranger, header: { x5u: 'https://evil.example/x.pem' } }),
      'an unknown kid': await sign({ header: { kid: 'unknown' } }),
      'a path as kid': await sign({ header: { kid: '../../../../dev/null' } }),
      'another type': await sign({ header: { typ: 'JWT' } }),
      'another issuer': await sign({ claims: { iss: 'somebody' } }),
      'another audience': await sign({ claims: { aud: 'another-api' } }),
      'no expiry': await sign({ remove: ['exp'] }),
      'no tenant': await sign({ remove: ['tid'] }),
      'no session': await sign({ remove: ['sid'] }),
      'no subject': await sign({ remove: ['sub'] }),
      'an unknown role': await sign({ claims: { role: 'ROOT' } }),
      expired: await sign({ claims: { iat: now() - 700, exp: now() - 100 } }),
      'a refresh token': fjord.refreshToken,
      rubbish: 'not.a.token',
    };
  }

  function hs256(): string {
    const { publicJwk, kid } = auth.deps.keyring.current();
    const pem = createPublicKey({ key: { ...publicJwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' });
    const head = base64url.encode(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid }));
    const text = `${head}.${base64url.encode(JSON.stringify(goodClaims()))}`;
    return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
  }
});

it('signs with the newest key that has started, and both keys are good', async () => {
  const sealingKey = deriveKey(config.HOLDFAST_SECRET, 'signing-keys');
  const second = await newSigningKey(sealingKey, { number: 2, now: new Date() });
  await auth.deps.signingKeys.propose(second);
  await Promise.all([auth.deps.keyring.reload(), replica.deps.keyring.reload()]);
  expect((await jwks(replica)).map(({ kid }) => kid)).toContain(second.kid);
  const fresh = await auth.as().post('/v1/auth/refresh', { refreshToken: fjord.refreshToken });
  expect(JSON.parse(base64urlText(fresh.body.accessToken.split('.')[0]!))).toMatchObject({ kid: second.kid });
  for (const token of [fjord.accessToken, fresh.body.accessToken]) {
    expect((await replica.as(token).get('/v1/me')).status).toBe(200);
  }
});

function base64urlText(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}
