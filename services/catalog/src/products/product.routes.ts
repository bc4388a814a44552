// The HTTP operations on products.

import { archiveProduct, createProduct, listProducts, readProduct, updateProduct } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { assertIfMatch, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Catalog } from '../catalog.ts';
import type { Viewer } from '../viewer.ts';
import { viewerOf } from '../viewer.ts';
import { createProduct as create, type ProductWithVariants } from './create-product.ts';
import { toProductAnswer } from './product-answer.ts';
import { listVisibleProducts, readVisibleProduct } from './read-products.ts';
import { archiveProduct as archive, updateProduct as update } from './update-product.ts';

/** Adds the routes. */
export function registerProductRoutes(app: FastifyInstance, catalog: Catalog): void {
  registerOperation(app, createProduct, async ({ auth, body, idempotencyKey }) => {
    const { answer, replayed } = await create(catalog, { caller: auth, body, requestKey: idempotencyKey });
    const headers = { location: `/v1/products/${answer.product._id}` };
    return { status: 201, ...bodyOf(answer, viewerOf(auth)), headers, replayed };
  });

  registerOperation(app, listProducts, async ({ auth, query, page }) => {
    const viewer = viewerOf(auth);
    const found = await listVisibleProducts(catalog, viewer, query, {
      limit: page.limit + 1,
      afterKey: page.after && String(page.after.sort),
    });
    const data = found.slice(0, page.limit);
    const last = found.length > page.limit ? data.at(-1)?.product : undefined;
    const nextCursor = last ? page.next(last.sortKey, last._id) : null;
    return { status: 200, body: { data: data.map((one) => bodyOf(one, viewer).body), nextCursor } };
  });

  registerOperation(app, readProduct, async ({ auth, params }) => {
    const viewer = viewerOf(auth);
    const found = await readVisibleProduct(catalog, viewer, params.id);
    if (!found) throw new DomainError('not_found');
    return { status: 200, ...bodyOf(found, viewer) };
  });

  registerOperation(app, updateProduct, async ({ auth, params, body, ifMatch }) => {
    const expectVersion = (stored: number) => assertIfMatch(ifMatch, stored);
    const changed = await update(catalog, { caller: auth, id: params.id, expectVersion }, body);
    return { status: 200, ...bodyOf(changed, viewerOf(auth)) };
  });

  registerOperation(app, archiveProduct, async ({ auth, params, ifMatch }) => {
    const expectVersion = (stored: number) => assertIfMatch(ifMatch, stored);
    const archived = await archive(catalog, { caller: auth, id: params.id, expectVersion });
    return { status: 200, ...bodyOf(archived, viewerOf(auth)) };
  });
}

function bodyOf({ product, variants }: ProductWithVariants, viewer: Viewer) {
  return { body: toProductAnswer(product, variants, viewer), etag: product.version };
}
