// The reference page at /docs: Swagger UI over the merged OpenAPI document, from local files, with a content policy of its own.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { allOperations } from '@holdfast/shared/contracts';
import { buildOpenApi } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';

const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Adds /docs. */
export function addDocsRoutes(app: FastifyInstance): void {
  app.register(async (scope) => {
    await scope.register(swagger, {
      mode: 'static',
      specification: { document: buildOpenApi(allOperations) as never },
    });
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: contentPolicy,
      uiConfig: { deepLinking: true, docExpansion: 'list', validatorUrl: null } as never,
    });
  });
}
