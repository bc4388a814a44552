// Compresses answers of the services. Invariant: a compressor lives only while it works, never as long as a client
// takes to read: a whole answer is compressed as a whole, and of those too long for that only a few at a time.
import { pipeline, Readable, type Transform } from 'node:stream';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { addVary, type Encoding, preferredEncoding } from '@holdfast/shared/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { compressBytesMin, compressedStreamCountMax } from '../limits.ts';

type Done = (error: Error | null, bytes: Buffer) => void;

const quality = { [constants.BROTLI_PARAM_QUALITY]: 4 };
const wholeIn: Readonly<Record<Encoding, (plain: Buffer, done: Done) => void>> = {
  br: (plain, done) => brotliCompress(plain, { params: quality }, done),
  gzip,
};
const streamIn: Readonly<Record<Encoding, () => Transform>> = {
  br: () => createBrotliCompress({ params: { ...quality, [constants.BROTLI_PARAM_LGWIN]: 18 } }),
  gzip: () => createGzip(),
};

const textual = /^(?:text\/|application\/(?:[a-z0-9.-]+\+)?json\b)/;

/** What this answer would be compressed with, if it is long enough. */
function encodingFor(request: FastifyRequest, reply: FastifyReply): Encoding | undefined {
  const accepted = request.headers['accept-encoding'];
  const { statusCode } = reply;
  if (accepted === undefined || statusCode < 200 || statusCode >= 300) return undefined;
  if (reply.hasHeader('content-encoding') || !textual.test(String(reply.getHeader('content-type')))) return undefined;
  return preferredEncoding(accepted);
}

/** Compressed bytes are other bytes: the entity tag becomes weak (RFC 9110, 8.8.3), and the length is another. */
function tellEncoding(reply: FastifyReply, encoding: Encoding): void {
  const etag = reply.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) reply.header('etag', `W/${etag}`);
  reply.header('content-encoding', encoding);
  addVary(reply, 'accept-encoding');
  reply.removeHeader('content-length');
}

function isShort(payload: unknown, reply: FastifyReply): boolean {
  if (Buffer.isBuffer(payload)) return payload.length < compressBytesMin;
  if (typeof payload === 'string') return payload.length < compressBytesMin;
  // HEAD of a service's answer: nothing to compress, but GET's answer would be.
  if (payload === undefined || payload === null)
    return !(Number(reply.getHeader('content-length')) >= compressBytesMin);
  return !(payload instanceof Readable);
}

/** Adds compression to every answer of the app. */
export function addCompression(app: FastifyInstance): void {
  let streaming = 0;
  function compressStream(payload: Readable, encoding: Encoding): Readable {
    streaming += 1;
    return pipeline(payload, streamIn[encoding](), () => {
      streaming -= 1;
    });
  }

  app.addHook('onSend', (request, reply, payload: unknown, done) => {
    const encoding = isShort(payload, reply) ? undefined : encodingFor(request, reply);
    if (encoding === undefined || (payload instanceof Readable && streaming >= compressedStreamCountMax)) {
      done(null, payload);
      return;
    }
    tellEncoding(reply, encoding);
    if (payload instanceof Readable) done(null, compressStream(payload, encoding));
    else if (payload === undefined || payload === null) done(null, payload);
    else
      wholeIn[encoding](Buffer.from(payload as string | Buffer), (error, bytes) =>
        error ? done(error) : done(null, bytes),
      );
  });
}
