// The reference page at /docs: Swagger UI over the OpenAPI document, from local files,
// with a content policy of its own.
// Invariant: what can be asked for is the list below, held in memory; no path of a request ever names a file.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { allOperations } from '@holdfast/shared/contracts';
import { type Asset, buildOpenApi, createAsset, sendAsset } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { docsMaxAgeSeconds } from '../limits.ts';

const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const script = 'text/javascript; charset=utf-8';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Holdfast API</title>
<link rel="stylesheet" href="/docs/static/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/static/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
});
`;

async function assets(): Promise<Record<string, Asset>> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static');
  const file = async (name: string, type: string) => createAsset(await readFile(join(folder, name)), type);
  const index = createAsset(page, 'text/html; charset=utf-8');
  return {
    '/docs': index,
    '/docs/': index,
    '/docs/json': createAsset(JSON.stringify(buildOpenApi(allOperations)), 'application/json'),
    '/docs/static/start.js': createAsset(start, script),
    '/docs/static/swagger-ui-bundle.js': await file('swagger-ui-bundle.js', script),
    '/docs/static/swagger-ui.css': await file('swagger-ui.css', 'text/css; charset=utf-8'),
  };
}

/** Adds /docs. */
export function addDocsRoutes(app: FastifyInstance): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.header('content-security-policy', contentPolicy);
      done();
    });
    for (const [path, asset] of Object.entries(await assets())) {
      scope.get(path, (request, reply) => {
        if (path.startsWith('/docs/static/')) reply.header('cache-control', `public, max-age=${docsMaxAgeSeconds}`);
        return sendAsset(asset, request, reply);
      });
    }
  });
}
