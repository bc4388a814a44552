// Files that are passed on while they arrive. Invariant: none is held in memory, and none has more bytes than the plan
// of its sender allows, whatever its headers say.
import type { IncomingMessage } from 'node:http';
import { importLimits } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { allowUpload } from '@holdfast/shared/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findRoute, routes } from '../routing/routes.ts';

/** The type of the files that an operation takes instead of JSON. */
const uploadTypes = new Set(routes.flatMap(({ upload }) => upload ?? []));

/** Requests that were refused before their bodies had arrived. */
const refused = new WeakSet<FastifyRequest>();

/**
 * Who is refused has to hear it: a connection that is closed while its client still sends is reset, with the answer. So
 * it stays, and what is left of the file is swallowed, for as long as any body may take.
 */
function keepRefusedConnections(scope: FastifyInstance): void {
  scope.addHook('onSend', (request, reply, _payload, done) => {
    if (refused.has(request)) reply.removeHeader('connection');
    done();
  });
}

/** Lets the bodies of uploads through as streams; other operations refuse their types. */
export function acceptUploads(scope: FastifyInstance): void {
  keepRefusedConnections(scope);
  for (const type of uploadTypes) {
    scope.addContentTypeParser(type, (request, payload, done) => {
      const refuse = (error: DomainError) => {
        refused.add(request);
        payload.resume();
        done(error);
      };
      if (findRoute(request)?.upload !== type) return refuse(new DomainError('unsupported_media_type'));
      const bytesMax = bytesMaxOf(request);
      if (Number(request.headers['content-length'] ?? 0) > bytesMax) return refuse(tooLarge(bytesMax));
      allowUpload(request.raw);
      done(null, bounded(payload, bytesMax));
    });
  }
}

function bytesMaxOf({ auth }: FastifyRequest): number {
  return importLimits[auth?.plan ?? 'standard'].bytesMax;
}

function tooLarge(bytesMax: number): DomainError {
  return new DomainError('payload_too_large', { detail: `A file may have ${bytesMax} bytes in your plan.` });
}

/** The same bytes; fails once there are more than allowed. */
async function* bounded(payload: IncomingMessage, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  // The connection stays, as above.
  for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    yield chunk;
  }
}
