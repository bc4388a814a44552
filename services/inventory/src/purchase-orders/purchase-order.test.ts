import { describe, expect, it } from 'vitest';
import {
  asAfterStep,
  newPurchaseOrder,
  openOf,
  type PurchaseOrder,
  patchDraft,
  takeStep,
  transitions,
} from './purchase-order.ts';
import { countLines, receiveLines, statusFrom, strayingLines } from './receipt.ts';

const at = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-01-02T00:00:00Z');
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const draft = (quantity = 10): PurchaseOrder =>
  newPurchaseOrder({
    id: 'po_1',
    tenantId: 'ten_1',
    sequence: 7,
    supplierId: 'sup_1',
    locationId: 'loc_1',
    currency: 'EUR',
    note: 'gate 3',
    createdBy: 'usr_1',
    createdAt: at,
    creation: null,
    lines: [
      { variantId: 'var_a', quantity, unitCost: eur(900) },
      { variantId: 'var_b', quantity: 2, unitCost: eur(100) },
    ],
    entryId: 'tml_1',
  });
const entry = { id: 'tml_2', at: later, actor: 'usr_2' };
const confirmed = (quantity = 10) => takeStep(takeStep(draft(quantity), 'send', entry), 'confirm', entry);
const exact = { overReceiptPercent: 0, variancePercent: 5 };
function refusal(work: () => unknown): { code?: string; extra?: unknown } {
  try {
    work();
  } catch (error) {
    return error as { code?: string };
  }
  return {};
}

describe('a purchase order', () => {
  it('is a draft with its total', () => {
    expect(draft()).toMatchObject({ status: 'DRAFT', total: eur(9_200), version: 1 });
  });

  it('goes from state to state along the table only', () => {
    const seen = new Set<string>(['DRAFT']);
    for (const state of seen) for (const next of transitions[state as keyof typeof transitions]) seen.add(next);
    expect([...seen].sort()).toEqual(Object.keys(transitions).sort());
    const sent = takeStep(draft(), 'send', entry);
    expect(sent).toMatchObject({ status: 'SENT', version: 2 });
    expect(sent.timeline.at(-1)).toMatchObject({ from: 'DRAFT', to: 'SENT', actor: 'usr_2', reason: 'sent' });
    expect(refusal(() => takeStep(sent, 'close', entry))).toMatchObject({
      code: 'illegal_transition',
      extra: { purchaseOrderStatus: 'SENT', allowed: ['CONFIRMED', 'CANCELLED'] },
    });
  });

  it('expects what is open while it is with the supplier only', () => {
    const [line] = confirmed().lines;
    expect(openOf({ status: 'DRAFT' }, line!)).toBe(0);
    expect(openOf({ status: 'SENT' }, line!)).toBe(10);
    expect(openOf({ status: 'PARTIALLY_RECEIVED' }, { ...line!, received: 6, rejected: 1 })).toBe(3);
    expect(openOf({ status: 'PARTIALLY_RECEIVED' }, { ...line!, received: 12 })).toBe(0);
    expect(openOf({ status: 'CLOSED' }, line!)).toBe(0);
  });

  it('changes as a draft only, and a patch that changes nothing is no change', () => {
    const lines = draft().lines.map(({ variantId, quantity, unitCost }) => ({ variantId, quantity, unitCost }));
    expect(patchDraft(draft(), { note: 'gate 3', lines }, entry)).toBeUndefined();
    const changed = patchDraft(draft(), { note: null, lines: lines.slice(1) }, entry);
    expect(changed).toMatchObject({ note: undefined, total: eur(200), version: 2 });
    expect(refusal(() => patchDraft(confirmed(), { note: null }, entry)).code).toBe('illegal_transition');
  });

  it('is told as it was after a step', () => {
    const sent = takeStep(draft(), 'send', entry);
    const lines = countLines(sent.lines, receiveLines(confirmed(), [{ variantId: 'var_a', quantity: 4 }], exact), 1);
    expect(asAfterStep({ ...confirmed(), lines, version: 9 }, sent.timeline.at(-1)!)).toMatchObject({
      status: 'SENT',
      version: 2,
      lines: sent.lines,
    });
  });
});

describe('a receipt', () => {
  const receive = (order: PurchaseOrder, quantity: number, rest: object = {}, tolerances = exact) =>
    receiveLines(order, [{ variantId: 'var_a', quantity, ...rest }], tolerances);

  it('tells what the accepted units cost more than expected', () => {
    expect(receive(confirmed(), 6, { rejectedQuantity: 1, unitCost: eur(950) })).toEqual([
      { variantId: 'var_a', quantity: 6, rejectedQuantity: 1, unitCost: eur(950), variance: 300 },
    ]);
    expect(receive(confirmed(), 6)[0]).toMatchObject({ unitCost: eur(900), variance: 0 });
  });

  it('counts all receipts of a line together against the tolerance, rejected units too', () => {
    const tolerances = { ...exact, overReceiptPercent: 10 };
    const order = confirmed();
    const lines = countLines(order.lines, receive(order, 6, { rejectedQuantity: 1 }), 1);
    const next = { ...order, lines, status: 'PARTIALLY_RECEIVED' as const };
    expect(receive(next, 4, {}, tolerances)).toHaveLength(1);
    expect(refusal(() => receive(next, 5, {}, tolerances))).toMatchObject({
      code: 'over_receipt',
      extra: { lines: [{ variantId: 'var_a', remaining: 4 }] },
    });
    expect(refusal(() => receive(next, 4))).toMatchObject({ extra: { lines: [{ remaining: 3 }] } });
  });

  it('is refused for what was not ordered, in another currency, and before it is confirmed', () => {
    const strange = () => receiveLines(confirmed(), [{ variantId: 'var_c', quantity: 1 }], exact);
    expect(refusal(strange)).toMatchObject({ code: 'not_ordered', extra: { variantIds: ['var_c'] } });
    const dollars = { amount: 1, currency: 'USD' };
    expect(refusal(() => receive(confirmed(), 1, { unitCost: dollars })).code).toBe('mixed_currencies');
    expect(refusal(() => receive(draft(), 1)).code).toBe('illegal_transition');
  });

  it('rejected as a whole brings the order on, and adds nothing', () => {
    const order = confirmed();
    const received = receiveLines(order, [{ variantId: 'var_a', quantity: 0, rejectedQuantity: 10 }], exact);
    const lines = countLines(order.lines, received, 1);
    expect(lines[0]).toMatchObject({ received: 0, rejected: 10, receivedCost: 0 });
    expect(statusFrom(lines)).toBe('PARTIALLY_RECEIVED');
  });

  it('and its reversal leave the lines as they were', () => {
    const order = confirmed();
    const received = receive(order, 6, { rejectedQuantity: 1, unitCost: eur(950) });
    const lines = countLines(countLines(order.lines, received, 1), received, -1);
    expect(lines).toEqual(order.lines);
    expect(statusFrom(lines)).toBe('CONFIRMED');
  });

  it('strays where a cost differs by more than the tolerance, either way', () => {
    const order = confirmed();
    const isStraying = (amount: number) =>
      strayingLines(receive(order, 1, { unitCost: eur(amount) }), order, exact).length === 1;
    expect([944, 945, 946, 855, 854].map(isStraying)).toEqual([false, false, true, false, true]);
  });
});
