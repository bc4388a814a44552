// Forged, flawed and stolen tokens at the gateway and at every service: one answer to all of them. They are signed with
// the installation's own key where only what is inside is wrong.
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { tokenFormat } from '@holdfast/shared/http';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { Business } from '../e2e/business.ts';
import { operations } from './operations.ts';
import { atGateway, atService, type Send } from './places.ts';
import { expectProblem } from './problems.ts';
import { encode, openSigner, type Signer } from './signer.ts';

let business: Business;
let signer: Signer;
beforeAll(async () => {
  business = await Business.signUp();
  signer = await openSigner();
});

const now = () => Math.floor(Date.now() / 1_000);

const parts = () => business.owner.token.split('.') as [string, string, string];
const signed = (changes: Parameters<Signer['resign']>[1]) => signer.resign(business.owner.token, changes);

/** Signed with the public key, as if that were a shared secret. */
function hs256(secret: string | Buffer): string {
  const text = `${encode({ alg: 'HS256', typ: tokenFormat.type, kid: signer.kid })}.${parts()[1]}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const foreign = generateKeyPairSync('ed25519');
const certificate = { x5u: 'http://127.0.0.1:9/certificate.pem', x5c: ['MIIB'] };

const flawed: Record<string, () => string> = {
  'without an algorithm': () => `${encode({ alg: 'none', typ: tokenFormat.type, kid: signer.kid })}.${parts()[1]}.`,
  'without an algorithm, in another case': () => `${encode({ alg: 'nOnE', typ: tokenFormat.type })}.${parts()[1]}.`,
  'HS256 over the public key, PEM': () => hs256(signer.publicKey.export({ format: 'pem', type: 'spki' }) as string),
  'HS256 over the public key, raw': () =>
    hs256(Buffer.from(signer.publicKey.export({ format: 'jwk' }).x!, 'base64url')),
  ...Object.fromEntries(
    ['exp', 'sub', 'tid', 'sid', 'uv', 'iss', 'aud', 'role'].map((claim) => [
      `without ${claim}`,
      () => signed({ claims: { [claim]: undefined } }),
    ]),
  ),
  'of another issuer': () => signed({ claims: { iss: 'https://elsewhere.example' } }),
  'for another audience': () => signed({ claims: { aud: 'holdfast-console' } }),
  'for several audiences, none of them this one': () => signed({ claims: { aud: ['a', 'b'] } }),
  'of another type': () => signed({ header: { typ: 'JWT' } }),
  'of no type': () => signed({ header: { typ: undefined } }),
  'with a critical header that nobody knows': () => signed({ header: { crit: ['x'], x: 1 } }),
  'that has expired': () => signed({ claims: { exp: now() - 1 } }),
  'that is not valid yet': () => signed({ claims: { nbf: now() + 600 } }),
  'whose expiry is no number': () => signed({ claims: { exp: 'never' } }),
  'whose tenant is an operator': () => signed({ claims: { tid: { $ne: '' } } }),
  'whose tenant is empty': () => signed({ claims: { tid: '' } }),
  'of an unknown role': () => signed({ claims: { role: 'ROOT' } }),
  'with the key inside': () =>
    signed({ key: foreign.privateKey, header: { jwk: foreign.publicKey.export({ format: 'jwk' }) } }),
  'with a key set elsewhere': () =>
    signed({ key: foreign.privateKey, header: { jku: 'http://127.0.0.1:9/jwks.json', kid: randomUUID() } }),
  'with a certificate elsewhere': () => signed({ key: foreign.privateKey, header: certificate }),
  'of another key under our id': () => signed({ key: foreign.privateKey }),
  ...Object.fromEntries(
    ['../../../../dev/null', "' OR '1'='1", '/proc/self/environ', '', 'x'.repeat(2_000)].map((kid, n) => [
      `with a trick for a key id (${n + 1})`,
      () => signed({ key: foreign.privateKey, header: { kid } }),
    ]),
  ),
  'whose signature is cut': () => business.owner.token.slice(0, -10),
  'without its signature': () => `${parts()[0]}.${parts()[1]}.`,
  'without its last part': () => `${parts()[0]}.${parts()[1]}`,
  'whose claims were changed': () =>
    `${parts()[0]}.${encode({ ...decodeJwt(business.owner.token), tid: 'ten_x' })}.${parts()[2]}`,
  'that is a refresh token': () => business.owner.refreshToken,
  'that is no token': () => 'x',
  'that is huge': () => `${business.owner.token}${'x'.repeat(8_000)}`,
};

/** One operation of each service: a read that every owner may do. */
const services = [...new Set(operations.map(({ service }) => service))];
const places: [string, Send, string][] = services.flatMap((service) => {
  const { path } = operations.find(
    (one) => one.service === service && one.method === 'GET' && one.permission !== 'public' && !one.path.includes('{'),
  )!;
  return [
    [`${service} through the gateway`, atGateway, path],
    [`${service} itself`, atService(service), path],
  ];
});

describe.each(places)('%s', (_place, send, path) => {
  let refusal: unknown;
  const told = ({ body, headers }: Awaited<ReturnType<Send>>) => {
    const { instance: _instance, traceId: _traceId, ...rest } = body;
    return { rest, challenge: headers.get('www-authenticate') };
  };
  beforeAll(async () => {
    const answer = await send('GET', path);
    expectProblem(answer, 401, 'unauthenticated');
    refusal = told(answer);
  });

  it('takes a token that is signed here in the same way', async () => {
    for (const token of [business.owner.token, signed({})])
      expect((await send('GET', path, { token })).status).toBe(200);
  });

  it.each(Object.entries(flawed))('refuses a token %s', async (_flaw, make) => {
    const answer = await send('GET', path, { token: make() });
    expectProblem(answer, 401, 'unauthenticated');
    expect(told(answer)).toEqual(refusal);
  });
});
