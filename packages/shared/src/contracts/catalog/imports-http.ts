// The HTTP contract of CSV imports: a file is taken at once, its rows are applied by a job.
import { z } from 'zod';
import { idParams, timeField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';

export const importKinds = ['products', 'stock-counts'] as const;
export const importStatuses = ['queued', 'running', 'done', 'failed'] as const;
export const decimalSigns = ['point', 'comma'] as const;
/** Why a whole file is refused; a flawed row fails alone. */
export const fileFlaws = [
  'empty_file',
  'missing_column',
  'unknown_column',
  'duplicate_column',
  'too_many_columns',
  'not_utf8',
  'malformed_csv',
  'record_too_long',
  'too_many_rows',
] as const;
export type FileFlaw = (typeof fileFlaws)[number];

export const importAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(importKinds),
    status: z.enum(importStatuses),
    decimal: z.enum(decimalSigns),
    bytes: z.int().describe('Of the file.'),
    rowsTotal: z.int().optional().describe('Rows of the file without its header; known once it was read through.'),
    rowsRead: z.int(),
    rowsDone: z.int().describe('Rows that are in force, also those that changed nothing.'),
    rowsFailed: z.int().describe('Rows that are named in /errors; nothing of them was applied.'),
    failure: z
      .object({ code: z.string(), message: z.string(), line: z.int().optional() })
      .optional()
      .describe('Why the whole import failed.'),
    createdBy: z.string().describe('A user id.'),
    version: z.int(),
    createdAt: timeField,
    startedAt: timeField.optional(),
    finishedAt: timeField.optional(),
  })
  .meta({ id: 'Import' });

export const importsApi = defineApi('catalog', 'Imports and exports', {
  createImport: {
    method: 'POST',
    path: '/v1/imports',
    summary: 'Import a CSV file',
    description:
      'The body is the file: UTF-8, with a header line, separated by `,`, `;` or tabs (detected). Its rows are applied by a job, whose state is at Location; flawed rows fail alone. A header with missing, unknown or repeated columns is refused at once. Files may have as many bytes and rows as the plan of the business allows.',
    access: ['imports:create'],
    idempotencyKey: 'optional',
    query: z.strictObject({
      kind: z.enum(importKinds),
      decimal: z.enum(decimalSigns).default('point').describe('The decimal sign of prices in the file.'),
    }),
    upload: 'text/csv',
    statuses: [202],
    answer: importAnswer,
    errors: ['invalid_csv', 'too_many_jobs', 'idempotency_key_reused'],
    example: 'sku,name,price,initialStock\nCAP-1,Wool cap,29.00,10\n',
  },
  listImports: list({
    path: '/v1/imports',
    summary: 'Imports, newest first',
    access: ['imports:create'],
    filters: { status: z.enum(importStatuses).optional() },
    item: importAnswer,
  }),
  readImport: {
    method: 'GET',
    path: '/v1/imports/:id',
    summary: 'One import and how far it is',
    access: ['imports:create'],
    params: idParams,
    statuses: [200],
    answer: importAnswer,
  },
  readImportErrors: {
    method: 'GET',
    path: '/v1/imports/:id/errors',
    summary: 'The rows that failed, as CSV',
    description: 'Columns `line,column,code,message`. The first 10,000 flaws; a last line tells how many rows follow.',
    access: ['imports:create'],
    params: idParams,
    statuses: [200],
    download: ['text/csv'],
    answer: z.string(),
  },
});
