import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { commonPasswords } from './common-passwords.ts';
import { isCommon, preHash, refuseCommonPassword } from './password.ts';

const pepper = Buffer.alloc(32, 7);

describe('preHash', () => {
  it('makes 44 characters without NUL from any password', () => {
    for (const password of ['a', 'x'.repeat(1_000), 'with\0nul', '🔑'.repeat(64)]) {
      expect(preHash(pepper, password)).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    }
  });

  it('sees every byte, also past the 72 that bcrypt looks at', () => {
    const long = 'p'.repeat(199);
    expect(preHash(pepper, `${long}a`)).not.toBe(preHash(pepper, `${long}b`));
    expect(preHash(pepper, 'before\0after')).not.toBe(preHash(pepper, 'before\0other'));
  });

  it('depends on the pepper', () => {
    expect(preHash(pepper, 'same')).not.toBe(preHash(randomBytes(32), 'same'));
  });

  it('takes the same characters typed as different code points as one password', () => {
    expect(preHash(pepper, 'caf\u00e9-caf\u00e9')).toBe(preHash(pepper, 'cafe\u0301-cafe\u0301'));
  });
});

describe('common passwords', () => {
  it('are known in any case, all with at least 8 characters', () => {
    expect(commonPasswords.size).toBeGreaterThan(400);
    expect([...commonPasswords].filter((word) => word !== word.toLowerCase() || [...word].length < 8)).toEqual([]);
    for (const password of ['password', 'PassWord1', 'QWERTYUIOP', '12345678', 'iloveyou', 'letmein1']) {
      expect(isCommon(password), password).toBe(true);
    }
  });

  it('do not hit a phrase, whatever characters it is made of', () => {
    for (const password of [
      'correct horse battery staple',
      'lllllllllllllllll1',
      'passwordpasswordpassword',
      '🔑'.repeat(8),
    ]) {
      expect(isCommon(password), password).toBe(false);
    }
  });

  it('are refused with the pointer of the field', () => {
    expect(() => refuseCommonPassword('Password123', '/owner/password')).toThrowError(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [expect.objectContaining({ pointer: '/owner/password', code: 'common_password' })],
      }),
    );
    expect(() => refuseCommonPassword('correct horse battery staple', '/password')).not.toThrow();
  });
});
