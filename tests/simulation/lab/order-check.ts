// What must hold of an order by itself, after every write: nothing leaves that was not ordered, nobody gets more back
// than was paid, and what has left or was paid is never forgotten.
import type { Doc } from './mongo-filter.ts';

type Line = { variantId: string; quantity: number };
type Part = { id: string; lines: Line[] };

const linesOf = (parts: readonly Part[] = []) => parts.flatMap(({ lines }) => lines);
const sumOf = (lines: readonly Line[], variantId: string) =>
  lines.reduce((sum, line) => (line.variantId === variantId ? sum + line.quantity : sum), 0);

/** By variant, from whatever locations. */
export function quantities(lines: readonly Line[]): string {
  const variants = [...new Set(lines.map(({ variantId }) => variantId))].sort();
  return variants.map((variantId) => `${variantId}:${sumOf(lines, variantId)}`).join();
}

export const idsOf = (parts: readonly { id: string }[] = []) =>
  parts
    .map(({ id }) => id)
    .sort()
    .join();

/** What an order still asks to hold. */
export function outstandingOf({ lines, fulfilments }: Doc): Line[] {
  return (lines as (Line & { cancelled?: number })[]).flatMap(({ variantId, quantity, cancelled = 0 }) => {
    const rest = quantity - cancelled - sumOf(linesOf(fulfilments), variantId);
    return rest > 0 ? [{ variantId, quantity: rest }] : [];
  });
}

/** What is wrong with an order after a change; undefined: nothing. */
export function flawOf(before: Doc, after: Doc): string | undefined {
  const shipped = linesOf(after.fulfilments);
  for (const { variantId, quantity, cancelled = 0 } of after.lines as (Line & { cancelled?: number })[]) {
    if (sumOf(shipped, variantId) > quantity - cancelled) return `more of ${variantId} has left than was ordered`;
  }
  for (const field of ['fulfilments', 'payments', 'returns'] as const) {
    const known = new Set(((after[field] ?? []) as { id: string }[]).map(({ id }) => id));
    const lost = ((before[field] ?? []) as { id: string }[]).find(({ id }) => !known.has(id));
    if (lost !== undefined) return `${field} has lost ${lost.id}`;
    if (known.size !== (after[field] ?? []).length) return `${field} has something twice`;
  }
  return moneyFlaw(after) ?? confirmedFlaw(before, after);
}

function moneyFlaw({ payment, payments = [], total, status }: Doc): string | undefined {
  if (payment === undefined) return payments.length > 0 ? 'it has payments and no sums of them' : undefined;
  const { captured, refunded, refundDue } = payment;
  for (const kind of ['captured', 'refunded'] as const) {
    const own = (payments as { kind: string; amount: { amount: number } }[]).filter((one) => one.kind === kind);
    const sum = own.reduce((all, { amount }) => all + amount.amount, 0);
    if (sum !== payment[kind]) return `${kind} is ${payment[kind]}, its records say ${sum}`;
  }
  if (refunded > captured) return `refunded ${refunded} of ${captured}`;
  const forReturns = (payments as { amount: { amount: number }; returnId?: string }[]).filter((one) => one.returnId);
  const givenFor = forReturns.reduce((all, { amount }) => all + amount.amount, 0);
  const costs = ['CANCELLED', 'EXPIRED', 'REJECTED'].includes(status) ? 0 : Math.max(0, total.amount - givenFor);
  if (refundDue !== Math.max(0, captured - refunded - costs)) return `${refundDue} are due back of ${captured}`;
  return undefined;
}

/** Later edits may make it cost more than was paid. */
function confirmedFlaw(before: Doc, { payment, total, status }: Doc): string | undefined {
  if (before.status === status || status !== 'CONFIRMED' || payment?.policy !== 'before_confirm') return undefined;
  return payment.captured < total.amount ? 'it was confirmed before it was paid' : undefined;
}
