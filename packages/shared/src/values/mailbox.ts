// Which e-mail addresses reach the same person: for counting, never for signing in.
import { normaliseEmail } from './account.ts';

/**
 * A mailbox: an address as auth stores it, without what most providers ignore besides,
 * a +tag and the width of its signs. '' for a text that is too long to be an address, which takes quadratic time to
 * normalise.
 */
export function mailboxOf(email: string, lengthMax: number): string {
  if (email.trim().length > lengthMax) return '';
  const text = normaliseEmail(email).normalize('NFKC').toLowerCase();
  const at = text.lastIndexOf('@');
  if (at <= 0) return text;
  return `${text.slice(0, at).split('+', 1)[0]}${text.slice(at)}`;
}
