// Rows that other services own, asked for page after page. What comes is checked: a page that does not fit is a fault
// of the job, not a file with holes.
import type { AskService } from '@holdfast/shared/http';
import { z } from 'zod';
import { formatAmount } from '../csv/amounts.ts';
import type { Cell } from '../csv/write-csv.ts';
import { NotNow } from '../jobs/end-early.ts';
import { remotePageMax } from '../limits.ts';
import type { ExportRow, RowSource } from './export-rows.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const pageOf = <Row extends z.ZodType>(row: Row) => z.object({ rows: z.array(row), next: z.unknown() });

type Remote<Row extends z.ZodType> = {
  ask: AskService;
  path: `/internal/exports/${string}`;
  row: Row;
  columns: readonly string[];
  linesOf(row: z.output<Row>): readonly Readonly<Record<string, Cell>>[];
};

function remoteRows<Row extends z.ZodType>({ ask, path, row, columns, linesOf }: Remote<Row>): RowSource {
  const page = pageOf(row);
  return {
    columns: async () => columns,
    async *pages({ tenantId, filter }) {
      for (let after: unknown; ; ) {
        const body = { tenantId, limit: remotePageMax, filter: filter ?? {}, ...(after == null ? {} : { after }) };
        const asked = await ask(path, body).catch((error) => {
          throw new NotNow(`${path} is not answered`, error);
        });
        const { rows, next } = page.parse(asked);
        yield rows.map((one): ExportRow => ({ json: one as object, lines: linesOf(one) }));
        if (next == null) return;
        after = next;
      }
    },
  };
}

const flatRow = z.record(z.string(), scalar);
const cellOf = (value: z.output<typeof scalar> | undefined): Cell =>
  typeof value === 'boolean' ? String(value) : (value ?? undefined);
const cellsOf = (row: z.output<typeof flatRow>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)]));

/** Stock levels, by variant. */
export function stockRows(ask: AskService): RowSource {
  const columns = ['sku', 'variantId', 'location', 'locationId', 'onHand', 'reserved', 'available', 'reorderLevel'];
  return remoteRows({ ask, path: '/internal/exports/stock', row: flatRow, columns, linesOf: (row) => [cellsOf(row)] });
}

const movementRow = z.looseObject({
  id: z.string(),
  reference: z.object({ type: z.string(), id: z.string() }),
});

/** The ledger, newest first. */
export function movementRows(ask: AskService): RowSource {
  const columns = [
    'id',
    'createdAt',
    'sku',
    'variantId',
    'locationId',
    'kind',
    'reason',
    'onHandDelta',
    'reservedDelta',
    'onHandAfter',
    'reservedAfter',
    'sequence',
    'actor',
    'referenceType',
    'referenceId',
  ];
  return remoteRows({
    ask,
    path: '/internal/exports/movements',
    row: movementRow,
    columns,
    linesOf: ({ reference, ...row }) => [
      { ...cellsOf(flatRow.parse(row)), referenceType: reference.type, referenceId: reference.id },
    ],
  });
}

const money = z.object({ amount: z.number(), currency: z.string() });
const orderRow = z.looseObject({
  id: z.string(),
  number: z.string().nullish(),
  status: z.string(),
  customerId: z.string().nullable(),
  placedBy: z.string(),
  lines: z.array(
    z.looseObject({
      variantId: z.string(),
      sku: z.string(),
      name: z.string(),
      quantity: z.number(),
      unitPrice: money,
      total: money,
    }),
  ),
  charges: z.array(z.looseObject({ amount: money })).default([]),
  total: money,
  payment: z.looseObject({ captured: z.number(), refunded: z.number() }).optional(),
  isArchived: z.boolean().default(false),
  createdAt: z.string(),
  updatedAt: z.string(),
});

/** Orders, newest first; in CSV one line for each line of an order. Names, addresses and notes of people stay out. */
export function orderRows(ask: AskService): RowSource {
  const columns = [
    'orderId',
    'status',
    'createdAt',
    'updatedAt',
    'customerId',
    'placedBy',
    'line',
    'variantId',
    'sku',
    'name',
    'quantity',
    'unitPrice',
    'lineTotal',
    'orderTotal',
    'currency',
    'number',
    'charges',
    'captured',
    'refunded',
    'archived',
  ];
  const minor = (value: number, { currency }: { currency: string }) => formatAmount(value, currency);
  const amount = (value: z.output<typeof money>) => formatAmount(value.amount, value.currency);
  return remoteRows({
    ask,
    path: '/internal/exports/orders',
    row: orderRow,
    columns,
    linesOf: ({ lines, ...order }) =>
      lines.map((line, place) => ({
        orderId: order.id,
        status: order.status,
        createdAt: order.createdAt,
        updatedAt: order.updatedAt,
        customerId: order.customerId ?? undefined,
        placedBy: order.placedBy,
        line: place + 1,
        variantId: line.variantId,
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unitPrice: amount(line.unitPrice),
        lineTotal: amount(line.total),
        orderTotal: amount(order.total),
        currency: order.total.currency,
        number: order.number ?? undefined,
        charges: minor(
          order.charges.reduce((sum, one) => sum + one.amount.amount, 0),
          order.total,
        ),
        captured: minor(order.payment?.captured ?? 0, order.total),
        refunded: minor(order.payment?.refunded ?? 0, order.total),
        archived: String(order.isArchived),
      })),
  });
}
