// HTTP routes of variants.
import { bulkApi, catalogApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import {
  type Auth,
  type ListHandler,
  type OperationHandler,
  registerList,
  registerOperation,
} from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { keptById, keptLists } from '../answers/kept-answers.ts';
import type { Deps } from '../deps.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import { addVariant } from './add-variant.ts';
import { bulkUpsert } from './bulk-upsert.ts';
import { listVisibleVariants, listVisibleVariantsOfProduct, readVisibleVariant } from './read-variants.ts';
import { archiveVariant, updateVariant } from './update-variant.ts';
import type { RowResult } from './upsert-rows.ts';
import { variants } from './variant.store.ts';
import type { Variant } from './variant.ts';
import { toVariantResponse } from './variant-response.ts';

/** Adds the routes. */
export function registerVariantRoutes(app: FastifyInstance, deps: Deps): void {
  registerReads(app, deps);

  registerOperation(app, catalogApi.addVariant, async ({ auth, params, body, idempotencyKey }) => {
    const planned = { ...body, options: body.options ?? {} };
    const command = { caller: auth, productId: params.id, planned, requestKey: idempotencyKey };
    const { created, replayed } = await addVariant(command, deps);
    const headers = { location: `/v1/variants/${created.id}` };
    return { status: 201, ...bodyOf(created, viewerOf(auth)), headers, replayed };
  });

  registerOperation(app, catalogApi.updateVariant, async ({ auth, params, body, expectVersion }) => {
    const changed = await updateVariant({ caller: auth, id: params.id, expectVersion, patch: body }, deps);
    return { status: 200, ...bodyOf(changed, viewerOf(auth)) };
  });

  registerOperation(app, catalogApi.archiveVariant, async ({ auth, params, expectVersion }) => {
    const archived = await archiveVariant({ caller: auth, id: params.id, expectVersion }, deps);
    return { status: 200, ...bodyOf(archived, viewerOf(auth)) };
  });

  registerOperation(app, bulkApi.bulkUpsertVariants, async ({ auth, body, idempotencyKey }) => {
    const command = { caller: auth, rows: body.rows, requestKey: idempotencyKey };
    const { created: results, replayed } = await bulkUpsert(command, deps);
    return { status: 200, body: { data: results, ...countsOf(results) }, replayed };
  });
}

function countsOf(results: readonly RowResult[]) {
  const counts = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  for (const { status } of results) counts[status] += 1;
  return counts;
}

function registerReads(app: FastifyInstance, deps: Deps): void {
  const toResponse = (variant: Variant, auth: Auth) => toVariantResponse(variant, viewerOf(auth));

  const ofProduct: ListHandler<typeof catalogApi.listProductVariants, Variant> = {
    async list({ auth, params }, page) {
      const found = await listVisibleVariantsOfProduct({ viewer: viewerOf(auth), productId: params.id, page }, deps);
      if (!found) throw new DomainError('not_found');
      return found;
    },
    toResponse,
    placeOf: ({ position, id }) => ({ sort: position, id }),
  };
  // A product's version rises with each of its variants'.
  registerList(app, catalogApi.listProductVariants, ofProduct, keptById(deps));

  const ofAll: ListHandler<typeof catalogApi.listVariants, Variant> = {
    list: ({ auth, query }, page) =>
      listVisibleVariants({ viewer: viewerOf(auth), filters: query, ids: query.ids?.split(','), page }, deps),
    toResponse,
    placeOf: variants.placeOf,
  };
  registerList(app, catalogApi.listVariants, ofAll, keptLists(deps));

  const reading: OperationHandler<typeof catalogApi.readVariant> = async ({ auth, params }) => {
    const viewer = viewerOf(auth);
    const found = await readVisibleVariant({ viewer, id: params.id }, deps);
    if (!found) throw new DomainError('not_found');
    return { status: 200, ...bodyOf(found, viewer) };
  };
  registerOperation(app, catalogApi.readVariant, reading, keptById(deps));
}

function bodyOf(variant: Variant, viewer: Viewer) {
  return { body: toVariantResponse(variant, viewer), etag: variant.version };
}
