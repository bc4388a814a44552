// Ids: opaque text with a type prefix, so that a reader sees what an id names and a log can be searched for it.
// Invariant: the same inputs always derive the same id, which is what makes a retried request create nothing twice.
import { hash } from 'node:crypto';
import { uuidv7obj } from 'uuidv7';

/** Two or three letters for the type of what has the id: `ord`, `var`, `po`. */
type IdPrefix = Lowercase<string>;

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case RFC 4648 base32 without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      text += alphabet[(buffer >>> (bits - 5)) & 31];
      bits -= 5;
    }
  }
  if (bits > 0) text += alphabet[(buffer << (5 - bits)) & 31];
  return text;
}

/** A new id: prefix + 26 characters of a UUIDv7. Not for secrets: its time can be read from it. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${base32(uuidv7obj().bytes)}`;
}

/** The id that these parts always derive: prefix + base32 of the first 16 bytes of sha256(parts joined by \n). */
export function derivedId(prefix: IdPrefix, ...parts: string[]): string {
  return `${prefix}_${base32(sha256(parts.join('\n')).subarray(0, 16))}`;
}

/** Tells things of several tenants apart in one map; an id of another tenant finds nothing. */
export const keyText = (tenantId: string, id: string) => `${tenantId}\n${id}`;

/** sha256 of a text, 32 bytes. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/**
 * A stable hash of a parsed JSON value: object keys are sorted, so that the order of fields in a body does not matter.
 */
export function contentHash(value: unknown): string {
  return hash('sha256', canonicalJson(value), 'base64url');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
