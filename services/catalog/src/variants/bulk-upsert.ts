// A bulk upsert as it is sent: rows that nobody has looked at yet, perhaps with an Idempotency-Key.
// Invariant: the same key and body get the first answer again, whatever became of the variants since. The rows are
// applied before the answer is stored: a process that dies in between leaves rows that the retry finds unchanged.
import { skuLengthMax, type UpsertRow, upsertRow } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { validationFailed } from '@holdfast/shared/http';
import { createOnce } from '@holdfast/shared/persistence';
import { assertSameRequest, type Caller, type Created, derivedId, type RequestKey } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { bulkUpsertMs } from '../limits.ts';
import type { RowResult } from './upsert-rows.ts';
import { upsertVariants } from './upsert-variants.ts';

export type BulkUpsert = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  rows: readonly unknown[];
};

/** The result of each row, in their order. Throws `idempotency_key_reused`, `busy`. */
export function bulkUpsert({ caller, requestKey, rows }: BulkUpsert, deps: Deps): Promise<Created<RowResult[]>> {
  const { tenantId, userId } = caller;
  const key = requestKey ?? { key: '', requestHash: '' };
  const id = derivedId('ups', tenantId, userId, 'catalog.bulkUpsertVariants', key.key);
  return createOnce(requestKey, {
    async findFirst(given) {
      const stored = await deps.upsertRecords.read({ tenantId, id });
      if (!stored) return undefined;
      assertSameRequest(stored, given);
      return stored.results;
    },
    async create() {
      const results = await inTurn(rows, caller, deps);
      // Nobody's last word: who sends the same key again has those rows tried again.
      if (results.some(({ code }) => code === 'busy')) return results;
      const record = { id, tenantId, requestHash: key.requestHash, results, createdAt: deps.clock.now() };
      if (requestKey) await deps.upsertRecords.insert([{ after: record }]);
      return results;
    },
  });
}

/** One request of a tenant after the other. Throws `busy` when its turn does not come in time. */
function inTurn(rows: readonly unknown[], caller: BulkUpsert['caller'], deps: Deps): Promise<RowResult[]> {
  const endsAtMs = deps.clock.monotonicMs() + bulkUpsertMs;
  return deps.upsertTurns.take(caller.tenantId, () => {
    if (deps.clock.monotonicMs() >= endsAtMs) throw new DomainError('busy');
    return apply(rows, { caller, endsAtMs }, deps);
  });
}

type Applying = Pick<BulkUpsert, 'caller'> & { endsAtMs: number };

async function apply(rows: readonly unknown[], { caller, endsAtMs }: Applying, deps: Deps): Promise<RowResult[]> {
  const places: number[] = [];
  const sound: UpsertRow[] = [];
  const results: RowResult[] = [];
  for (const [row, sent] of rows.entries()) {
    const parsed = upsertRow.safeParse(sent);
    if (parsed.success) {
      places.push(row);
      sound.push(parsed.data);
    } else results.push(misfit(row, sent, parsed.error.issues));
  }
  for (const result of await upsertVariants({ caller, rows: sound, endsAtMs }, deps)) {
    results.push(placed(result, places));
  }
  return results.sort((a, b) => a.row - b.row);
}

/** The result by its row of the request, of which those that could not be read were left out. */
function placed({ row, ...result }: RowResult, places: readonly number[]): RowResult {
  const place = places[row]!;
  const { pointer } = result;
  return { row: place, ...result, ...(pointer === undefined ? {} : { pointer: `/rows/${place}${pointer}` }) };
}

/** The failure of what was sent as a row; the first of its flaws is told. */
function misfit(row: number, sent: unknown, issues: Parameters<typeof validationFailed>[0]): RowResult {
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
