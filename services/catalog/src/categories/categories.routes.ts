// HTTP routes of categories.
import { type AnswerOf, categoriesApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type ListHandler, type OperationHandler, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { keptById, keptLists } from '../answers/kept-answers.ts';
import type { Deps } from '../deps.ts';
import { deleteCategory, updateCategory } from './change-category.ts';
import { type CategoryWithPath, createCategory } from './create-category.ts';
import { type ListedCategory, listCategories, readCategory } from './read-categories.ts';

/** Adds the routes. */
export function registerCategoryRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, categoriesApi.createCategory, async ({ auth, body, idempotencyKey }) => {
    const { name, parentId = null } = body;
    const { created, replayed } = await createCategory(
      { caller: auth, name, parentId, requestKey: idempotencyKey },
      deps,
    );
    const headers = { location: `/v1/categories/${created.category.id}` };
    return { status: 201, ...bodyOf(created), headers, replayed };
  });

  const listing: ListHandler<typeof categoriesApi.listCategories, ListedCategory> = {
    list: ({ auth, query }, page) => listCategories({ tenantId: auth.tenantId, parentId: query.parentId, page }, deps),
    toResponse: (listed) => toCategoryResponse(listed),
    placeOf: ({ category, pathKey }) => ({ sort: pathKey, id: category.id }),
  };
  registerList(app, categoriesApi.listCategories, listing, keptLists(deps));

  const reading: OperationHandler<typeof categoriesApi.readCategory> = async ({ auth, params }) => {
    const found = await readCategory({ tenantId: auth.tenantId, id: params.id }, deps);
    if (!found) throw new DomainError('not_found');
    return { status: 200, ...bodyOf(found), ...(found.isMoved ? { isAlwaysSent: true } : {}) };
  };
  registerOperation(app, categoriesApi.readCategory, reading, keptById(deps));

  registerOperation(app, categoriesApi.updateCategory, async ({ auth, params, body, expectVersion }) => {
    const changed = await updateCategory({ caller: auth, id: params.id, expectVersion, patch: body }, deps);
    return { status: 200, ...bodyOf(changed) };
  });

  registerOperation(app, categoriesApi.deleteCategory, async ({ auth, params, expectVersion }) => {
    await deleteCategory({ caller: auth, id: params.id, expectVersion }, deps);
    return { status: 204 };
  });
}

function toCategoryResponse({ category, path }: CategoryWithPath): AnswerOf<typeof categoriesApi.readCategory> {
  return {
    id: category.id,
    name: category.name,
    parentId: category.parentId,
    path,
    version: category.version,
    createdAt: category.createdAt.toISOString(),
    updatedAt: category.updatedAt.toISOString(),
  };
}

function bodyOf(found: CategoryWithPath) {
  return { body: toCategoryResponse(found), etag: found.category.version };
}
