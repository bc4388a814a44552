// HTTP routes of exports: parse, authorise, call, answer.
import { Readable } from 'node:stream';
import { exportsApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type Auth, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { NotStored } from '../storage/storage.ts';
import { viewerOf } from '../viewer.ts';
import { assertMayRead, createExport } from './create-export.ts';
import { exports as exportCollection } from './export.store.ts';
import { type Export, toExportResponse } from './export.ts';

const types = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8' } as const;

/** Adds the routes. */
export function registerExportRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, exportsApi.createExport, async ({ auth, body, idempotencyKey }) => {
    const { created, replayed } = await createExport({ caller: auth, requestKey: idempotencyKey, body }, deps);
    const headers = { location: `/v1/exports/${created.id}` };
    return { status: 202, body: toExportResponse(created), headers, replayed };
  });

  registerList(app, exportsApi.listExports, {
    list: ({ auth, query }, page) => deps.exports.list({ tenantId: auth.tenantId, status: query.status }, page),
    toResponse: toExportResponse,
    placeOf: exportCollection.placeOf,
  });

  const read = async (auth: Auth, id: string): Promise<Export> => {
    const found = await deps.exports.read({ tenantId: auth.tenantId, id });
    if (!found) throw new DomainError('not_found');
    return found;
  };

  registerOperation(app, exportsApi.readExport, async ({ auth, params }) => {
    const found = await read(auth, params.id);
    return { status: 200, body: toExportResponse(found), etag: found.version };
  });

  registerOperation(app, exportsApi.readExportFile, async ({ auth, params }) => {
    const { id, kind, format, status, file, withCost } = await read(auth, params.id);
    assertMayRead(kind, auth);
    if (withCost && !viewerOf(auth).seesCost) throw new DomainError('forbidden');
    if (status === 'expired') throw new DomainError('export_expired');
    if (status !== 'done') throw new DomainError('export_not_ready', { extra: { exportStatus: status } });
    const bytes = await deps.storage.get(file).catch((error) => {
      throw error instanceof NotStored ? new DomainError('export_expired') : error;
    });
    const disposition = `attachment; filename="${kind}-${id}.${format}"`;
    const headers = { 'content-type': types[format], 'content-disposition': disposition };
    return { status: 200, stream: Readable.from(bytes), headers };
  });
}
