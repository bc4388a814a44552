// A row that does not fit its schema, as its result. Pure.
import { skuLengthMax } from '@holdfast/shared/contracts';
import { validationFailed } from '@holdfast/shared/http';
import type { RowResult } from './upsert.ts';

/** The failure of what was sent as a row; the first of its flaws is told. */
export function misfit(row: number, sent: unknown, issues: Parameters<typeof validationFailed>[0]): RowResult {
  const [flaw] = validationFailed(issues, 'row').errors ?? [];
  return {
    row,
    sku: skuOf(sent),
    status: 'failed',
    code: flaw?.code ?? 'invalid',
    message: flaw?.message ?? 'The row does not fit its schema.',
    pointer: `/rows/${row}${flaw?.pointer ?? ''}`,
  };
}

/** What was sent as its SKU, where it can be told. */
function skuOf(sent: unknown): string {
  if (typeof sent !== 'object' || sent === null || !('sku' in sent)) return '';
  return typeof sent.sku === 'string' ? sent.sku.slice(0, skuLengthMax) : '';
}
