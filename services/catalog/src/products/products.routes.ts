// HTTP routes of products.
import { catalogApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type ListHandler, type OperationHandler, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { keptById, keptLists } from '../answers/kept-answers.ts';
import type { Deps } from '../deps.ts';
import { optionsOf } from '../search/filters.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import { createProduct, type ProductWithVariants } from './create-product.ts';
import { toProductResponse } from './product-response.ts';
import { type ListedProduct, listVisibleProducts, readVisibleProduct } from './read-products.ts';
import { archiveProduct, updateProduct } from './update-product.ts';

/** Adds the routes. */
export function registerProductRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, catalogApi.createProduct, async ({ auth, body, idempotencyKey }) => {
    const { created, replayed } = await createProduct({ caller: auth, body, requestKey: idempotencyKey }, deps);
    const headers = { location: `/v1/products/${created.product.id}` };
    return { status: 201, ...bodyOf(created, viewerOf(auth)), headers, replayed };
  });

  const listing: ListHandler<typeof catalogApi.listProducts, ListedProduct> = {
    list({ auth, query }, page) {
      const filters = { ...query, options: optionsOf(query) };
      return listVisibleProducts({ viewer: viewerOf(auth), filters, sort: query.sort, page }, deps);
    },
    toResponse: (found, auth) => toProductResponse(found, viewerOf(auth)),
    placeOf: ({ product, place }) => ({ sort: place, id: product.id }),
  };
  registerList(app, catalogApi.listProducts, listing, keptLists(deps));

  const reading: OperationHandler<typeof catalogApi.readProduct> = async ({ auth, params }) => {
    const viewer = viewerOf(auth);
    const found = await readVisibleProduct({ viewer, id: params.id }, deps);
    if (!found) throw new DomainError('not_found');
    return { status: 200, ...bodyOf(found, viewer), ...(found.isMoved ? { isAlwaysSent: true } : {}) };
  };
  registerOperation(app, catalogApi.readProduct, reading, keptById(deps));

  registerOperation(app, catalogApi.updateProduct, async ({ auth, params, body, expectVersion }) => {
    const changed = await updateProduct({ caller: auth, id: params.id, expectVersion, patch: body }, deps);
    return { status: 200, ...bodyOf(changed, viewerOf(auth)) };
  });

  registerOperation(app, catalogApi.archiveProduct, async ({ auth, params, expectVersion }) => {
    const archived = await archiveProduct({ caller: auth, id: params.id, expectVersion }, deps);
    return { status: 200, ...bodyOf(archived, viewerOf(auth)) };
  });
}

function bodyOf(found: ProductWithVariants, viewer: Viewer) {
  return { body: toProductResponse(found, viewer), etag: found.product.version };
}
