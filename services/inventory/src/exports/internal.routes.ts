// What the catalog asks of inventory for imports and exports. Only with the installation's token; the gateway never
// routes here.
import { exportFilters, onHandMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand } from '@holdfast/shared/http';
import { asTenant } from '@holdfast/shared/persistence';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { importCounts } from '../adjustments/import-counts.ts';
import type { Deps } from '../deps.ts';
import { exportPageMax, importedCountsMax } from '../limits.ts';
import { exportMovements } from './export-movements.ts';
import { exportStock } from './export-stock.ts';

const tenantId = z.string().regex(/^ten_[a-z0-9]{1,64}$/);
const id = z.string().min(1).max(64);
const units = z.int().min(0).max(onHandMax);

const counts = z.strictObject({
  tenantId,
  actor: id,
  importId: id,
  counts: z
    .array(
      z.strictObject({
        line: z.int().min(1),
        variantId: id,
        count: units,
        location: z.string().min(1).max(200).optional(),
        expectedOnHand: units.optional(),
      }),
    )
    .min(1)
    .max(importedCountsMax),
});
const page = { tenantId, limit: z.int().min(1).max(exportPageMax) };
const stockPage = z.strictObject({ ...page, filter: exportFilters.stock, after: id.optional() });
const place = z.strictObject({ sort: z.string().max(200).nullable(), id });
const movementPage = z.strictObject({ ...page, filter: exportFilters.movements, after: place.optional() });

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new DomainError('validation_failed', { detail: z.prettifyError(result.error) });
  return result.data;
}

/** Adds POST /internal/stock-counts, /internal/exports/stock and /internal/exports/movements. */
export function addInternalRoutes(app: FastifyInstance, deps: Deps): void {
  const { INTERNAL_TOKEN: token } = deps.config;
  addInternalCommand(app, '/internal/stock-counts', token, async ({ body }) => {
    const asked = parsed(counts, body);
    return { failed: await asTenant(asked.tenantId, () => importCounts(asked, deps)) };
  });

  addInternalCommand(app, '/internal/exports/stock', token, async ({ body }) => {
    const asked = parsed(stockPage, body);
    return asTenant(asked.tenantId, () => exportStock(asked, deps));
  });

  addInternalCommand(app, '/internal/exports/movements', token, async ({ body }) => {
    const { tenantId: tenant, filter, limit, after } = parsed(movementPage, body);
    const time = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
    const range = { limit, after, from: time(filter.from), to: time(filter.to) };
    return asTenant(tenant, () => exportMovements({ tenantId: tenant, filter, range }, deps));
  });
}
