// Rows of a bulk upsert: their numbers, their results, and which of them go together. Pure.
import type { UpsertRow } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { CategoryRef } from '../categories/category-tree.ts';
import { skuKeyOf } from './sku.ts';

export type Numbered = {
  readonly row: number;
  readonly fields: UpsertRow;
  /** What `fields.category` names. */
  readonly category?: CategoryRef | undefined;
};
export type RowStatus = 'created' | 'updated' | 'unchanged' | 'failed';
export type RowResult = {
  row: number;
  sku: string;
  status: RowStatus;
  productId?: string | undefined;
  variantId?: string | undefined;
  code?: string | undefined;
  message?: string | undefined;
  /** The field at fault, within its row. */
  pointer?: string | undefined;
};

/** Why a row fails. */
export class RowFlaw extends Error {
  readonly code: string;
  readonly pointer: string;

  constructor(code: string, pointer: string, message: string) {
    super(message);
    this.code = code;
    this.pointer = pointer;
  }
}

/** The rows that repeat an SKU of an earlier one, as failed; the others go on. */
export function refuseRepeated(rows: readonly Numbered[]): { rows: Numbered[]; failed: RowResult[] } {
  const first = new Map<string, number>();
  const kept: Numbered[] = [];
  const failed: RowResult[] = [];
  for (const one of rows) {
    const key = skuKeyOf(one.fields.sku);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, one.row);
      kept.push(one);
    } else failed.push(failure(one, new RowFlaw('duplicate_sku', '/sku', `Row ${earlier} has this SKU already.`)));
  }
  return { rows: kept, failed };
}

/** Chunks of at most `countMax` rows, in which those of one product name stand together. */
export function chunksOf(rows: readonly Numbered[], countMax: number): Numbered[][] {
  const byName = new Map<string, Numbered[]>();
  for (const one of rows) {
    const name = one.fields.name ?? '';
    const group = byName.get(name);
    if (group) group.push(one);
    else byName.set(name, [one]);
  }
  const ordered = [...byName.values()].flat();
  return Array.from({ length: Math.ceil(ordered.length / countMax) }, (_, n) =>
    ordered.slice(n * countMax, (n + 1) * countMax),
  );
}

/** The result of a row that fails. Rethrows what is no flaw of the row. */
export function failure({ row, fields }: Numbered, error: unknown): RowResult {
  const result = { row, sku: fields.sku, status: 'failed' as const };
  if (error instanceof RowFlaw) return { ...result, code: error.code, message: error.message, pointer: error.pointer };
  if (!(error instanceof DomainError)) throw error;
  const [flaw] = error.errors ?? [];
  const message = flaw ? `The variant ${flaw.message}.` : error.message;
  return { ...result, code: error.code, message, pointer: flaw?.pointer ?? '' };
}
