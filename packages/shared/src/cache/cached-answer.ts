// An answer as it is kept: its JSON and what of its headers does not follow from the request, behind the stamps that it
// was made from.

export type CachedAnswer = {
  /** The version, for the ETag. */
  readonly etag?: number | string;
  /** The ETag does not tell all of what is shown: it is sent to who knows it, too. */
  readonly isAlwaysSent?: true;
  /** Of a page that others follow. */
  readonly nextCursor?: string;
  /** UTF-8. */
  readonly json: Buffer;
};
export type StampedAnswer = { readonly stamps: string; readonly answer: CachedAnswer };

const lineEnd = 0x0a;

/** One line of JSON, then the answer's own. */
export function encodeAnswer({ stamps, answer: { json, ...head } }: StampedAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ stamps, ...head })}\n`), json]);
}

/** Undefined for bytes that are none. */
export function decodeAnswer(bytes: Buffer): StampedAnswer | undefined {
  const end = bytes.indexOf(lineEnd);
  if (end < 0) return undefined;
  try {
    const { stamps, etag, isAlwaysSent, nextCursor } = JSON.parse(bytes.toString('utf8', 0, end));
    if (typeof stamps !== 'string') return undefined;
    const json = bytes.subarray(end + 1);
    const head = {
      ...(etag === undefined ? {} : { etag }),
      ...(isAlwaysSent ? { isAlwaysSent } : {}),
      ...(nextCursor ? { nextCursor } : {}),
    };
    return { stamps, answer: { ...head, json } };
  } catch {
    return undefined;
  }
}
