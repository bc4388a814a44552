// Whom a budget counts: the keys of rate limits. Invariant:
// no spelling of the same address or account gets a window of its own.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { emailLengthMax } from '@holdfast/shared/contracts';
import { mailboxOf, normaliseSlug } from '@holdfast/shared/values';

/** The network of an address: IPv4 as it is, IPv6 its /64 (one customer has a whole one). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]!.toLowerCase().split('::') as [string, string?];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** As the parser of the services reads it, which forgives a BOM. */
function parse(body: Buffer): unknown {
  const json = body.toString();
  return JSON.parse(json.startsWith('\ufeff') ? json.slice(1) : json);
}

/**
 * The account that a sign-in, registration or sign-up names, or the token that stands for one, hashed; a constant when
 * it names none.
 */
export function accountOf(body: unknown): string {
  let fields: Record<string, unknown> = {};
  try {
    const parsed = Buffer.isBuffer(body) ? parse(body) : undefined;
    if (parsed !== null && typeof parsed === 'object') fields = parsed as Record<string, unknown>;
  } catch {
    // Not JSON: the service says so; here it is an account like any other.
  }
  const owner = (fields.owner ?? {}) as Record<string, unknown>;
  const email = mailboxOf(text(fields.email) || text(owner.email), emailLengthMax);
  const tenant = normaliseSlug(text(fields.tenant));
  const token = text(fields.token) || text(fields.refreshToken);
  return createHash('sha256').update(`${tenant}\n${email}\n${token}`).digest('base64url').slice(0, 22);
}
