// The HTTP operations on variants.

import {
  addVariant,
  archiveVariant,
  listProductVariants,
  listVariants,
  readVariant,
  updateVariant,
} from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { assertIfMatch, type Page, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Catalog } from '../catalog.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import { addVariant as add } from './add-variant.ts';
import { listVisibleVariants, listVisibleVariantsOfProduct, readVisibleVariant } from './read-variants.ts';
import { archiveVariant as archive, updateVariant as update } from './update-variant.ts';
import type { Variant } from './variant.ts';
import { toVariantAnswer } from './variant-answer.ts';

/** Adds the routes. */
export function registerVariantRoutes(app: FastifyInstance, catalog: Catalog): void {
  registerReads(app, catalog);

  registerOperation(app, addVariant, async ({ auth, params, body, idempotencyKey }) => {
    const planned = { ...body, options: body.options ?? {} };
    const command = { caller: auth, productId: params.id, planned, requestKey: idempotencyKey };
    const { answer, replayed } = await add(catalog, command);
    const headers = { location: `/v1/variants/${answer._id}` };
    return { status: 201, ...bodyOf(answer, viewerOf(auth)), headers, replayed };
  });

  registerOperation(app, updateVariant, async ({ auth, params, body, ifMatch }) => {
    const expectVersion = (stored: number) => assertIfMatch(ifMatch, stored);
    const changed = await update(catalog, { caller: auth, id: params.id, expectVersion }, body);
    return { status: 200, ...bodyOf(changed, viewerOf(auth)) };
  });

  registerOperation(app, archiveVariant, async ({ auth, params, ifMatch }) => {
    const expectVersion = (stored: number) => assertIfMatch(ifMatch, stored);
    const archived = await archive(catalog, { caller: auth, id: params.id, expectVersion });
    return { status: 200, ...bodyOf(archived, viewerOf(auth)) };
  });
}

function registerReads(app: FastifyInstance, catalog: Catalog): void {
  registerOperation(app, listProductVariants, async ({ auth, params, page }) => {
    const viewer = viewerOf(auth);
    const found = await listVisibleVariantsOfProduct(catalog, viewer, params.id, {
      limit: page.limit + 1,
      afterPosition: page.after && Number(page.after.sort),
    });
    if (!found) throw new DomainError('not_found');
    return { status: 200, body: pageBody(found, page, viewer, (last) => last.position) };
  });

  registerOperation(app, listVariants, async ({ auth, query, page }) => {
    const viewer = viewerOf(auth);
    const found = await listVisibleVariants(catalog, viewer, query, {
      limit: page.limit + 1,
      afterKey: page.after && String(page.after.sort),
    });
    return { status: 200, body: pageBody(found, page, viewer, (last) => last.sortKey) };
  });

  registerOperation(app, readVariant, async ({ auth, params }) => {
    const viewer = viewerOf(auth);
    const found = await readVisibleVariant(catalog, viewer, params.id);
    if (!found) throw new DomainError('not_found');
    return { status: 200, ...bodyOf(found, viewer) };
  });
}

function bodyOf(variant: Variant, viewer: Viewer) {
  return { body: toVariantAnswer(variant, viewer), etag: variant.version };
}

/** One more than the page was asked for tells that there is a next one. */
function pageBody(found: Variant[], page: Page, viewer: Viewer, sortOf: (last: Variant) => string | number) {
  const shown = found.slice(0, page.limit);
  const last = found.length > page.limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((variant) => toVariantAnswer(variant, viewer)),
    nextCursor: last ? page.next(sortOf(last), last._id) : null,
  };
}
