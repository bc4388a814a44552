import { randomBytes } from 'node:crypto';
import { newId } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { refreshSecretBytes } from '../limits.ts';
import { newRefreshToken, readRefreshToken } from './refresh-token.ts';

describe('a refresh token', () => {
  it('names its tenant and its hash', () => {
    const tenantId = newId('ten');
    const token = newRefreshToken(tenantId, randomBytes(refreshSecretBytes));
    expect(readRefreshToken(token.text)).toEqual({ tenantId, hash: token.hash });
    expect(token.hash).not.toContain(token.text.slice(-43));
  });

  it('becomes another one when its tenant is changed', () => {
    const token = newRefreshToken(newId('ten'), randomBytes(refreshSecretBytes));
    const other = newId('ten');
    const moved = token.text.replace(/ten_[a-z2-7]{26}/, other);
    expect(readRefreshToken(moved)?.tenantId).toBe(other);
    expect(readRefreshToken(moved)?.hash).not.toBe(token.hash);
  });

  it.each([
    ['nothing', ''],
    ['an access token', 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1In0.c2ln'],
    ['an id that is none', `hfr.ten_${'1'.repeat(26)}.${'A'.repeat(43)}`],
    ['an operator', `hfr.{"$ne":null}.${'A'.repeat(43)}`],
    ['a secret that is too short', `hfr.${newId('ten')}.${'A'.repeat(42)}`],
    ['something after it', `hfr.${newId('ten')}.${'A'.repeat(43)}\n`],
    ['50,000 characters', `hfr.ten_${'a'.repeat(50_000)}`],
  ])('is not %s', (_, text) => {
    expect(readRefreshToken(text)).toBeUndefined();
  });
});
