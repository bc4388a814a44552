// Cursors of lists: opaque to clients, signed, and good only for the tenant,
// operation and filters that they were made for.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../errors/index.ts';

export type SortKey = string | number | null;
export type CursorPlace = { sort: SortKey; id: string };
/** What a cursor is bound to. */
export type CursorScope = { tenantId: string; filterHash: string };
export type Cursors = {
  sign(place: CursorPlace, scope: CursorScope): string;
  /** Throws `invalid_cursor` for any text that was not signed for this scope. */
  read(cursor: string, scope: CursorScope): CursorPlace;
};

const formatVersion = 1;
const macBytes = 16;

/** Cursors signed with a key that is derived from this secret. */
export function createCursors(secret: string): Cursors {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'holdfast.cursor.v1', 32));
  const mac = (payload: string) => createHmac('sha256', key).update(payload).digest().subarray(0, macBytes);

  function open(cursor: string): unknown {
    const dot = cursor.indexOf('.');
    if (dot <= 0) return undefined;
    const payload = cursor.slice(0, dot);
    const given = Buffer.from(cursor.slice(dot + 1), 'base64url');
    if (given.length !== macBytes || !timingSafeEqual(given, mac(payload))) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  }

  return {
    sign({ sort, id }, { tenantId, filterHash }) {
      const payload = Buffer.from(JSON.stringify([formatVersion, sort, id, filterHash, tenantId])).toString(
        'base64url',
      );
      return `${payload}.${mac(payload).toString('base64url')}`;
    },
    read(cursor, { tenantId, filterHash }) {
      const fields = open(cursor);
      if (!Array.isArray(fields) || fields[0] !== formatVersion || fields[3] !== filterHash || fields[4] !== tenantId) {
        throw new DomainError('invalid_cursor');
      }
      return { sort: fields[1] as SortKey, id: fields[2] as string };
    },
  };
}
