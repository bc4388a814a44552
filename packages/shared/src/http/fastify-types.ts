// What this folder adds to Fastify's own types.
import type { Operation } from '../contracts/index.ts';
import type { Auth, Verifier } from './auth.ts';
import type { Cursors } from './cursor.ts';
import type { MethodTable } from './methods.ts';

/** What registered operations share. */
export type HttpContext = {
  service: string;
  verifier: Verifier | undefined;
  cursors: Cursors;
  operations: Operation[];
  handlerTimeoutMs: number;
  /** What 405 and its Allow header are made from; routes add themselves, unless they are proxied. */
  methods: MethodTable<true>;
};

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * What the process tells its app. `isDraining` when it stops: not ready, connections are closed after their answer.
     * `instance` is what its starter gave it to be known by.
     */
    lifecycle: { isDraining: boolean; instance: string | undefined };
    holdfast: HttpContext;
  }
  interface FastifyRequest {
    /** Set once the token was verified; undefined in public operations. */
    auth: Auth | undefined;
    /** W3C trace context of this request; accepted from the client or new. */
    traceparent: string;
    /** The type of the files that are taken here instead of JSON, where the route's operation does not tell. */
    uploadType: string | undefined;
  }
  interface FastifyContextConfig {
    operation?: Operation;
    /** The route takes more methods than its path has; who adds it tells `methods` the true ones. */
    isProxied?: boolean;
  }
}
