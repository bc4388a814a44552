import { describe, expect, it } from 'vitest';
import { currentKey, newSigningKey, openSigningKey, type SigningKey, verifyingKeys } from './signing-key.ts';

const sealingKey = Buffer.alloc(32, 1);
const now = new Date('2026-11-22T10:00:00Z');

describe('a stored signing key', () => {
  it('opens under the key that it was sealed with', async () => {
    const stored = await newSigningKey(sealingKey, { number: 1, now });
    const key = openSigningKey(sealingKey, stored);
    expect(key).toMatchObject({ number: 1, kid: stored.kid });
    expect(key.privateKey.asymmetricKeyType).toBe('ed25519');
    expect(key.publicKey.export({ format: 'jwk' })).toMatchObject(stored.publicJwk);
  });

  it('holds its private part only sealed', async () => {
    const stored = await newSigningKey(sealingKey, { number: 1, now });
    const { d } = openSigningKey(sealingKey, stored).privateKey.export({ format: 'jwk' });
    expect(JSON.stringify(stored)).not.toContain(d);
    expect(stored.publicJwk).not.toHaveProperty('d');
  });

  it('does not open under another secret, changed, or under the id of another key', async () => {
    const stored = await newSigningKey(sealingKey, { number: 1, now });
    const other = await newSigningKey(sealingKey, { number: 2, now });
    const expected = /another HOLDFAST_SECRET/;
    expect(() => openSigningKey(Buffer.alloc(32, 2), stored)).toThrow(expected);
    expect(() => openSigningKey(sealingKey, { ...stored, kid: other.kid })).toThrow(expected);
    const tag = Buffer.from(stored.sealed.tag, 'base64url');
    tag[0]! ^= 1;
    const changed = { ...stored, sealed: { ...stored.sealed, tag: tag.toString('base64url') } };
    expect(() => openSigningKey(sealingKey, changed)).toThrow(expected);
  });
});

describe('several keys', () => {
  const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
  const key = (number: number, signsFrom: Date, retiredAt?: Date) =>
    ({ number, kid: `k${number}`, signsFrom, ...(retiredAt ? { retiredAt } : {}) }) as SigningKey;

  it('sign with the newest that has started', () => {
    const keys = [key(3, at(5)), key(2, at(-5)), key(1, at(-10))];
    expect(currentKey(keys, now)?.number).toBe(2);
    expect(currentKey(keys, at(5))?.number).toBe(3);
  });

  it('are published before they sign and until they retire', () => {
    const keys = [key(2, at(5)), key(1, at(-10), at(20))];
    expect(verifyingKeys(keys, now).map(({ number }) => number)).toEqual([2, 1]);
    expect(verifyingKeys(keys, at(20)).map(({ number }) => number)).toEqual([2]);
  });

  it('are verified with until their last token has expired, after a successor began to sign', () => {
    const keys = [key(2, at(5)), key(1, at(-10))];
    const numbersAt = (minutes: number) => verifyingKeys(keys, at(minutes)).map(({ number }) => number);
    // A token that was signed just before lives for 10 minutes, on a clock that may be late.
    expect(numbersAt(5 + 11)).toEqual([2, 1]);
    expect(numbersAt(5 + 12)).toEqual([2]);
  });

  it('never sign with one that is retired', () => {
    expect(currentKey([key(1, at(-10), at(-1))], now)).toBeUndefined();
  });
});
