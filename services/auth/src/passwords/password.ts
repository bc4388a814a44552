// What a password may be, and what of it reaches bcrypt.
// Invariant: every byte of a password counts, although bcrypt looks at 72 only, and the stored hash is useless
// without the installation's secret.
import { createHmac } from 'node:crypto';
import { DomainError } from '@holdfast/shared/errors';
import { commonPasswords } from './common-passwords.ts';

/** The text that bcrypt sees: base64 of HMAC-SHA-256, 44 characters without NUL. */
export function preHash(pepper: Buffer, password: string): string {
  // The same characters can be typed as different code points on two keyboards (NIST SP 800-63B 3.1.1.2).
  return createHmac('sha256', pepper).update(password.normalize('NFKC'), 'utf8').digest('base64');
}

/** True for a password that is among the first that an attacker tries, whatever its case. */
export function isCommon(password: string): boolean {
  return commonPasswords.has(password.normalize('NFKC').toLowerCase());
}

/** Throws `validation_failed` at this JSON pointer if the password is a common one; its length is the contract's. */
export function refuseCommonPassword(password: string, pointer: string): void {
  if (!isCommon(password)) return;
  throw new DomainError('validation_failed', {
    errors: [{ pointer, code: 'common_password', message: 'is one of the passwords that are tried first' }],
  });
}
