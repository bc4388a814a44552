// The HTTP operations on variants.
import { catalogApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type Auth, registerList, registerOperation, sortKeyAfter } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import { addVariant } from './add-variant.ts';
import { listVisibleVariants, listVisibleVariantsOfProduct, readVisibleVariant } from './read-variants.ts';
import { archiveVariant, updateVariant } from './update-variant.ts';
import type { Variant } from './variant.ts';
import { toVariantAnswer } from './variant-answer.ts';

/** Adds the routes. */
export function registerVariantRoutes(app: FastifyInstance, deps: Deps): void {
  registerReads(app, deps);

  registerOperation(app, catalogApi.addVariant, async ({ auth, params, body, idempotencyKey }) => {
    const planned = { ...body, options: body.options ?? {} };
    const command = { caller: auth, productId: params.id, planned, requestKey: idempotencyKey };
    const { created, replayed } = await addVariant(command, deps);
    const headers = { location: `/v1/variants/${created._id}` };
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
}

function registerReads(app: FastifyInstance, deps: Deps): void {
  const toResponse = (variant: Variant, auth: Auth) => toVariantAnswer(variant, viewerOf(auth));

  registerList(app, catalogApi.listProductVariants, {
    async list({ auth, params }, { limit, after }) {
      const place = { limit, afterPosition: after && Number(after.sort) };
      const asked = { viewer: viewerOf(auth), productId: params.id, ...place };
      const found = await listVisibleVariantsOfProduct(asked, deps);
      if (!found) throw new DomainError('not_found');
      return found;
    },
    toResponse,
    placeOf: ({ position, _id }) => ({ sort: position, id: _id }),
  });

  registerList(app, catalogApi.listVariants, {
    list({ auth, query }, page) {
      const { limit } = page;
      return listVisibleVariants({ viewer: viewerOf(auth), ...query, limit, afterKey: sortKeyAfter(page) }, deps);
    },
    toResponse,
    placeOf: ({ sortKey, _id }) => ({ sort: sortKey, id: _id }),
  });

  registerOperation(app, catalogApi.readVariant, async ({ auth, params }) => {
    const viewer = viewerOf(auth);
    const found = await readVisibleVariant({ viewer, id: params.id }, deps);
    if (!found) throw new DomainError('not_found');
    return { status: 200, ...bodyOf(found, viewer) };
  });
}

function bodyOf(variant: Variant, viewer: Viewer) {
  return { body: toVariantAnswer(variant, viewer), etag: variant.version };
}
