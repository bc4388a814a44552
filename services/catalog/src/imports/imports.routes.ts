// HTTP routes of imports: parse, authorise, call, answer.
import { Readable } from 'node:stream';
import { importsApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { createImport } from './create-import.ts';
import { imports } from './import.store.ts';
import { toImportResponse } from './import.ts';
import { errorsAsCsv } from './read-errors.ts';

/** Adds the routes. */
export function registerImportRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, importsApi.createImport, async ({ auth, query, idempotencyKey, request }) => {
    if (!(request.body instanceof Readable)) throw new DomainError('unsupported_media_type');
    // Left unread where the handler ends early: the rest of a body is the server's to swallow.
    const source = request.body.iterator({ destroyOnReturn: false });
    const command = { caller: auth, plan: auth.plan, requestKey: idempotencyKey, source, ...query };
    const { created, replayed } = await createImport(command, deps);
    const headers = { location: `/v1/imports/${created.id}` };
    return { status: 202, body: toImportResponse(created), headers, replayed };
  });

  registerList(app, importsApi.listImports, {
    list: ({ auth, query }, page) => deps.imports.list({ tenantId: auth.tenantId, status: query.status }, page),
    toResponse: toImportResponse,
    placeOf: imports.placeOf,
  });

  registerOperation(app, importsApi.readImport, async ({ auth, params }) => {
    const found = await deps.imports.read({ tenantId: auth.tenantId, id: params.id });
    if (!found) throw new DomainError('not_found');
    return { status: 200, body: toImportResponse(found), etag: found.version };
  });

  registerOperation(app, importsApi.readImportErrors, async ({ auth, params }) => {
    const found = await deps.imports.read({ tenantId: auth.tenantId, id: params.id });
    if (!found) throw new DomainError('not_found');
    const stream = Readable.from(errorsAsCsv(found, deps.importErrors));
    const disposition = `attachment; filename="${found.id}-errors.csv"`;
    return {
      status: 200,
      stream,
      headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': disposition },
    };
  });
}
