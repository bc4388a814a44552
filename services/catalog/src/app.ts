// The HTTP app of the catalog; never listens.
import { buildServiceApp } from '@holdfast/shared/service';
import { addSettling } from './answers/settle-changes.ts';
import { registerCategoryRoutes } from './categories/categories.routes.ts';
import type { Deps } from './deps.ts';
import { registerExportRoutes } from './exports/exports.routes.ts';
import { registerImportRoutes } from './imports/imports.routes.ts';
import { registerProductRoutes } from './products/products.routes.ts';
import { registerVariantRoutes } from './variants/variants.routes.ts';

/** The app on opened dependencies. */
export function buildApp(deps: Deps) {
  return buildServiceApp(deps, {
    routes(app) {
      addSettling(app, deps.cache.marker);
      registerProductRoutes(app, deps);
      registerVariantRoutes(app, deps);
      registerCategoryRoutes(app, deps);
      registerImportRoutes(app, deps);
      registerExportRoutes(app, deps);
    },
  });
}
