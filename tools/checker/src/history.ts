// I2 and I3: what clients were told against what is stored. Every attempt of a client is one line of its history, with
// one of three results: `ok` (2xx), `failed` (the service said no), `unknown` (no answer, or one that does not tell).
import { derivedId } from '@holdfast/shared/values';
import { flawOfCancellation, flawOfChange } from './changed-orders.ts';
import type { Reading, Row } from './installation.ts';
import { insertMaxMs } from './limits.ts';
import type { Findings } from './violations.ts';

/** The states of an order in which a decision about its placement shows. */
export type Decision = 'AWAITING_PAYMENT' | 'CONFIRMED' | 'REJECTED' | 'CANCELLED';

export type Attempt = {
  /** `change`: whatever else is done to an order, such as a payment or a parcel. */
  operation: 'place' | 'cancel' | 'adjust' | 'read' | 'change';
  tenantId: string;
  /** The user whose key it is. */
  callerId: string;
  key: string;
  /** Milliseconds since the epoch. */
  sentAt: number;
  answeredAt: number;
  result: 'ok' | 'failed' | 'unknown';
  status?: number | undefined;
  code?: string | undefined;
  /** The order, or the adjustment, that the answer names. */
  id?: string | undefined;
  /** What the answer says of the order's placement, where it tells a decision. */
  decision?: Decision | undefined;
  /** The answered document's version. */
  version?: number | undefined;
  /** What was asked for, or answered, in a form that is equal when it is the same: lines, or the delta. */
  content?: string | undefined;
  /** Of a change: what it made in the order. */
  part?: { field: 'fulfilments' | 'payments' | 'returns'; id: string } | undefined;
};

type Order = Row & {
  status: string;
  version: number;
  placedBy: string;
  createdAt: Date;
  lines: { variantId: string; quantity: number }[];
  /** How its placement was answered, once an edit has changed that. */
  placed?: { lines: { variantId: string; quantity: number }[] };
  decision: { status: Decision } | null;
  metadata?: { key?: string };
};
type Adjustment = Row & { createdBy: string; delta: number; note?: string; version: number };

export type HistoryCounts = { acknowledged: number; lost: number; duplicated: number };

/** Lines as an attempt's `content`: merged, in an order of their own. */
export function contentOf(lines: readonly { variantId: string; quantity: number }[]): string {
  const sums = new Map<string, number>();
  for (const { variantId, quantity } of lines) sums.set(variantId, (sums.get(variantId) ?? 0) + quantity);
  return [...sums]
    .map(([variantId, quantity]) => `${variantId}:${quantity}`)
    .sort()
    .join(' ');
}

/** Compares a finished history with what is stored now. */
export async function checkHistory(
  reading: Reading,
  findings: Findings,
  { history, isComplete }: { history: readonly Attempt[]; isComplete: boolean },
): Promise<HistoryCounts> {
  const callers = new Set(history.map((attempt) => attempt.callerId));
  const orders = await readOwn<Order>(reading, ['orders', 'orders', 'placedBy'], callers);
  const adjustments = await readOwn<Adjustment>(reading, ['inventory', 'adjustments', 'createdBy'], callers);
  const counts: HistoryCounts = { acknowledged: 0, lost: 0, duplicated: 0 };
  const check: Check = { orders, adjustments, findings, counts };
  const byKey = Map.groupBy(history, ({ operation, tenantId, callerId, key }) =>
    [operation, tenantId, callerId, key].join('\n'),
  );
  for (const attempts of byKey.values()) checkKey(attempts, check);
  checkTwins(check);
  if (isComplete) checkUnasked(history, check);
  return counts;
}

type Check = {
  orders: ReadonlyMap<string, Order>;
  adjustments: ReadonlyMap<string, Adjustment>;
  findings: Findings;
  counts: HistoryCounts;
};

async function readOwn<R extends Row>(
  reading: Reading,
  [service, collection, field]: ['orders' | 'inventory', string, keyof R & string],
  callers: ReadonlySet<string>,
): Promise<Map<string, R>> {
  const rows = new Map<string, R>();
  for await (const row of reading.rows<R>(service, collection)) {
    if (callers.has(String(row[field]))) rows.set(row._id, row);
  }
  return rows;
}

/** All attempts with one key. */
function checkKey(attempts: readonly Attempt[], check: Check) {
  const [first] = attempts as [Attempt, ...Attempt[]];
  const { operation, tenantId, callerId, key } = first;
  const acknowledged = attempts.filter((attempt) => attempt.result === 'ok');
  checkVisible(attempts, check);
  if (operation === 'read') return;
  if (acknowledged.length > 0) check.counts.acknowledged += 1;
  if (operation === 'cancel' || operation === 'change') return checkChanged(acknowledged, check);
  const own = operation === 'place' ? placedId(first) : derivedId('adj', tenantId, callerId, 'adjustments.create', key);
  checkReplays(attempts, own, check);
  if (operation === 'place') checkPlaced(attempts, own, check);
  else checkAdjusted(attempts, own, check);
}

function lost(check: Check, { tenantId, key, status }: Attempt, id: string, detail: string): void {
  check.counts.lost += 1;
  const said = `key ${key}, answered ${status}: ${detail}`;
  check.findings.add({ invariant: 'I2', kind: 'lost', tenantId, id, detail: said });
}

function contradicts(check: Check, { tenantId, key }: Attempt, id: string, detail: string): void {
  check.findings.add({ invariant: 'I3', kind: 'replay', tenantId, id, detail: `key ${key}: ${detail}` });
}

/** One key names one document, and what was decided once is never said otherwise. */
function checkReplays(attempts: readonly Attempt[], own: string, check: Check): void {
  const named = attempts.filter((attempt) => attempt.id !== undefined);
  for (const attempt of named) {
    if (attempt.id === own) continue;
    check.counts.duplicated += 1;
    contradicts(check, attempt, own, `answered with ${attempt.id}`);
  }
  const decided = attempts.filter((attempt) => attempt.decision !== undefined);
  const [first] = decided.toSorted((a, b) => a.answeredAt - b.answeredAt);
  if (first === undefined) return;
  for (const attempt of attempts) {
    const { decision, version, content, status, sentAt } = attempt;
    const isLater = sentAt > first.answeredAt;
    if (decision === undefined && attempt.result === 'ok' && isLater) {
      contradicts(check, attempt, own, `${first.decision}, then ${status} without a decision`);
    }
    if (decision === undefined) continue;
    const same = decision === first.decision && version === first.version && content === first.content;
    if (!same) {
      const told = [first, attempt].map((one) => `${one.decision} v${one.version} ${one.content}`);
      contradicts(check, attempt, own, told.join(', then '));
    }
  }
}

function checkPlaced(attempts: readonly Attempt[], id: string, check: Check) {
  const order = check.orders.get(id);
  for (const attempt of attempts) {
    const isToldStored = attempt.result === 'ok' || attempt.decision !== undefined;
    if (!isToldStored) continue;
    if (order === undefined) return lost(check, attempt, id, 'there is no such order');
    if (order.tenantId !== attempt.tenantId) return lost(check, attempt, id, `it is tenant ${order.tenantId}'s`);
    const { decision, version = 0, content } = attempt;
    if (decision !== undefined && order.decision?.status !== decision) {
      return lost(check, attempt, id, `told ${decision}, stored ${order.decision?.status ?? 'undecided'}`);
    }
    if (order.version < version) return lost(check, attempt, id, `told version ${version}, stored ${order.version}`);
    const stored = contentOf((order.placed ?? order).lines);
    if (attempt.result === 'ok' && content !== undefined && content !== stored) {
      return lost(check, attempt, id, `told ${content}, stored ${stored}`);
    }
  }
  checkForgotten(attempts, order, check);
  checkRefused(attempts, order, check);
}

/** Who asks long after the order was stored is told of it, and not that there is nothing left. */
function checkForgotten(attempts: readonly Attempt[], order: Order | undefined, check: Check): void {
  const late = attempts.find(
    ({ code, id, sentAt }) =>
      code === 'insufficient_stock' && id === undefined && order && sentAt > order.createdAt.getTime() + insertMaxMs,
  );
  if (late && order) contradicts(check, late, order._id, 'told sold out, though the order was there');
}

/** A key that was refused by every attempt has left nothing behind. */
function checkRefused(attempts: readonly Attempt[], stored: Row | undefined, check: Check): void {
  const [first] = attempts;
  const isRefused = attempts.every(({ result, decision }) => result === 'failed' && decision === undefined);
  if (first && stored && isRefused) contradicts(check, first, stored._id, `refused as ${first.code}, yet stored`);
}

function checkAdjusted(attempts: readonly Attempt[], id: string, check: Check) {
  const adjustment = check.adjustments.get(id);
  const told = attempts.find((attempt) => attempt.result === 'ok');
  if (told && adjustment === undefined) return lost(check, told, id, 'there is no such adjustment');
  if (told && adjustment && told.content !== String(adjustment.delta)) {
    return lost(check, told, id, `told ${told.content}, stored ${adjustment.delta}`);
  }
  checkRefused(attempts, adjustment, check);
}

/** A change that was acknowledged stays. */
function checkChanged(acknowledged: readonly Attempt[], check: Check) {
  for (const attempt of acknowledged) {
    const id = attempt.id ?? '';
    const order = check.orders.get(id);
    const flaw = attempt.operation === 'cancel' ? flawOfCancellation(order, attempt) : flawOfChange(order, attempt);
    if (flaw !== undefined) return lost(check, attempt, id, flaw);
  }
  const parts = new Set(acknowledged.flatMap(({ part }) => part?.id ?? []));
  if (parts.size > 1) contradicts(check, acknowledged[0]!, acknowledged[0]!.id ?? '', [...parts].join(', then '));
}

/** An order whose id the client has from an answer is never unknown afterwards. */
function checkVisible(attempts: readonly Attempt[], check: Check): void {
  for (const attempt of attempts) {
    if (attempt.code !== 'not_found' || !attempt.id || !check.orders.has(attempt.id)) continue;
    lost(check, attempt, attempt.id, `${attempt.operation} did not find it`);
  }
}

const placedId = ({ tenantId, callerId, key }: Attempt) => derivedId('ord', tenantId, callerId, 'orders.place', key);

/** Orders of these callers that nobody asked for. */
function checkUnasked(history: readonly Attempt[], { orders, findings }: Check): void {
  const asked = new Set(history.filter(({ operation }) => operation === 'place').map(placedId));
  for (const { _id: id, tenantId, placedBy } of orders.values()) {
    if (asked.has(id)) continue;
    findings.add({ invariant: 'I3', kind: 'unasked', tenantId, id, detail: `${placedBy} has asked for no such order` });
  }
}

/** Documents that carry one client's key: there may be one of each kind. */
function checkTwins({ orders, adjustments, findings, counts }: Check): void {
  const seen = new Map<string, string>();
  const meet = (name: string, { _id: id, tenantId }: Row) => {
    const other = seen.get(name);
    seen.set(name, id);
    if (other === undefined) return;
    counts.duplicated += 1;
    findings.add({ invariant: 'I3', kind: 'twice', tenantId, id, detail: `and ${other} are of one key` });
  };
  for (const order of orders.values()) {
    if (order.metadata?.key) meet(`order ${order.tenantId} ${order.placedBy} ${order.metadata.key}`, order);
  }
  for (const adjustment of adjustments.values()) {
    if (adjustment.note)
      meet(`adjustment ${adjustment.tenantId} ${adjustment.createdBy} ${adjustment.note}`, adjustment);
  }
}
