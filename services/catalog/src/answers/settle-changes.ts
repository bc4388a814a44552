// What a request changes is marked from before its commit, and new to everybody before it is answered.
import type { WriteMarker, WriteMarks } from '@holdfast/shared/cache';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request that may change something. */
    marks: WriteMarks | undefined;
  }
}

/** Adds the hooks, for all routes of the app. */
export function addSettling(app: FastifyInstance, marker: WriteMarker): void {
  app.decorateRequest('marks', undefined);
  // After the body was read: what is awaited for that would lose the context.
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.method === 'GET' || request.method === 'HEAD') return done();
    request.marks = marker.begin();
    request.marks.run(done);
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    // After a failure a commit may still come: the marks end by themselves.
    if (!request.marks || reply.statusCode >= 500) return done();
    request.marks.settle().then(() => done(), done);
  });
}
