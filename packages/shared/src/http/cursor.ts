// Cursors of lists: sealed, and good only for the tenant, operation and filters that they were made for.
// Invariant: a client cannot read a cursor. A page may end at an item that its reader must not see, such as the name of
// a draft.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { DomainError } from '../errors/index.ts';

export type SortKey = string | number | null;
export type CursorPlace = { sort: SortKey; id: string };
/** What a cursor is bound to. */
export type CursorScope = { tenantId: string; filterHash: string };
export type Cursors = {
  seal(place: CursorPlace, scope: CursorScope): string;
  /** Throws `invalid_cursor` for any text that was not sealed for this scope. */
  open(cursor: string, scope: CursorScope): CursorPlace;
};

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
/** Cursors have a multiple of so many bytes: their length tells little of what is in them. */
const paddedTo = 32;

/** Cursors under keys that are derived from this secret (AES-256-GCM, the scope as associated data). */
export function createCursors(secret: string): Cursors {
  const keyFor = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `holdfast.cursor.v2.${use}`, 32));
  const [key, ivKey] = [keyFor('key'), keyFor('iv')];
  const about = ({ tenantId, filterHash }: CursorScope) => Buffer.from(JSON.stringify([tenantId, filterHash]));

  /** Follows from what is sealed: one place has one cursor, and no two places share an initialisation vector. */
  const ivOf = (text: string, scope: CursorScope) =>
    createHmac('sha256', ivKey).update(about(scope)).update('\n').update(text).digest().subarray(0, ivBytes);

  function unsealed(cursor: string, scope: CursorScope): CursorPlace | undefined {
    const sealed = Buffer.from(cursor, 'base64url');
    if (sealed.length < ivBytes + tagBytes || sealed.toString('base64url') !== cursor) return undefined;
    const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(about(scope)).setAuthTag(sealed.subarray(-tagBytes));
    try {
      const text = Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]);
      const [sort, id] = JSON.parse(text.toString()) as [SortKey, string];
      return { sort, id };
    } catch {
      return undefined;
    }
  }

  return {
    seal({ sort, id }, scope) {
      const text = JSON.stringify([sort, id]);
      const bytes = Buffer.byteLength(text);
      const padded = text + ' '.repeat(Math.ceil(bytes / paddedTo) * paddedTo - bytes);
      const iv = ivOf(padded, scope);
      const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(about(scope));
      return Buffer.concat([iv, cipher.update(padded), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open(cursor, scope) {
      const place = unsealed(cursor, scope);
      if (place === undefined) throw new DomainError('invalid_cursor');
      return place;
    },
  };
}
