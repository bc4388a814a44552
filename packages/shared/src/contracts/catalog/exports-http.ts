// The HTTP contract of exports: a job writes a file, which can be fetched until it expires.
import { z } from 'zod';
import { idField, idParams, timeField } from '../fields.ts';
import { merchantKinds, movementKinds } from '../inventory/http.ts';
import { defineApi, list } from '../operation.ts';
import { orderStatuses } from '../orders/states.ts';

export const exportKinds = ['products', 'stock', 'movements', 'orders'] as const;
export const exportFormats = ['csv', 'ndjson'] as const;
export const exportStatuses = ['queued', 'running', 'done', 'failed', 'expired'] as const;

/** Which filters each kind has. */
export const exportFilters = {
  products: z.strictObject({ status: z.enum(['draft', 'active']).optional() }),
  stock: z.strictObject({ locationId: idField.optional() }),
  movements: z.strictObject({
    variantId: idField.optional(),
    kind: z.enum([...movementKinds, ...merchantKinds]).optional(),
    from: timeField.optional(),
    to: timeField.optional(),
  }),
  orders: z.strictObject({
    status: z.enum(orderStatuses).optional(),
    customerId: idField.optional(),
    variantId: idField.optional(),
    archived: z.enum(['true', 'false']).optional(),
    from: timeField.optional(),
    to: timeField.optional(),
  }),
} as const;
export type ExportFilter = {
  readonly status?: string | undefined;
  readonly locationId?: string | undefined;
  readonly variantId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly kind?: string | undefined;
  readonly archived?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

const format = z.enum(exportFormats).default('csv');
const bodyOf = <Kind extends keyof typeof exportFilters>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), format, filter: exportFilters[kind].optional() });

export const exportAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(exportKinds),
    format: z.enum(exportFormats),
    filter: z.record(z.string(), z.string()).optional(),
    status: z.enum(exportStatuses),
    rowsDone: z.int(),
    bytes: z.int().optional().describe('Of the file, once it is done.'),
    failure: z.object({ code: z.string(), message: z.string() }).optional(),
    createdBy: z.string().describe('A user id.'),
    version: z.int(),
    createdAt: timeField,
    startedAt: timeField.optional(),
    finishedAt: timeField.optional(),
    expiresAt: timeField.optional().describe('When the file goes.'),
  })
  .meta({ id: 'Export' });

export const exportsApi = defineApi('catalog', 'Imports and exports', {
  createExport: {
    method: 'POST',
    path: '/v1/exports',
    summary: 'Export as CSV or NDJSON',
    description:
      'Needs the permission to read what is exported, too. A job writes the file, whose state is at Location. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe, which an import takes away again.',
    access: ['exports:create'],
    idempotencyKey: 'optional',
    body: z.discriminatedUnion('kind', [bodyOf('products'), bodyOf('stock'), bodyOf('movements'), bodyOf('orders')]),
    statuses: [202],
    answer: exportAnswer,
    errors: ['too_many_jobs', 'idempotency_key_reused'],
    example: { kind: 'products', format: 'csv', filter: { status: 'active' } },
  },
  listExports: list({
    path: '/v1/exports',
    summary: 'Exports, newest first',
    access: ['exports:create'],
    filters: { status: z.enum(exportStatuses).optional() },
    item: exportAnswer,
  }),
  readExport: {
    method: 'GET',
    path: '/v1/exports/:id',
    summary: 'One export and how far it is',
    access: ['exports:create'],
    params: idParams,
    statuses: [200],
    answer: exportAnswer,
  },
  readExportFile: {
    method: 'GET',
    path: '/v1/exports/:id/file',
    summary: 'The file of an export',
    description: 'Needs the permission to read what was exported, too.',
    access: ['exports:create'],
    params: idParams,
    statuses: [200],
    download: ['text/csv', 'application/x-ndjson'],
    answer: z.string(),
    errors: ['export_not_ready', 'export_expired'],
  },
});
