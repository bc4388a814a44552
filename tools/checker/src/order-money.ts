// The money of orders: sums are what their records say, totals what lines and charges cost, and nobody gets more back
// than was paid.
type Money = { amount: number };
type Sums = { authorised: number; captured: number; refunded: number; refundDue: number };
export type PaidOrder = {
  status: string;
  total?: Money;
  lines: { total?: Money }[];
  charges?: { amount: Money }[];
  payment?: Sums;
  payments?: { kind: 'authorised' | 'captured' | 'refunded'; amount: Money; returnId?: string }[];
};

/** What these checks read of an order. */
export const moneyFields = {
  'total.amount': 1,
  'lines.total.amount': 1,
  'charges.amount.amount': 1,
  payment: 1,
  'payments.kind': 1,
  'payments.amount.amount': 1,
  'payments.returnId': 1,
} as const;

type Report = (kind: string, detail: string) => void;

/** In these an order costs nothing; what was refunded for its returns lowers what any other one costs. */
const ended = new Set(['CANCELLED', 'EXPIRED', 'REJECTED']);

/** Checks one order by itself. */
export function checkMoney(
  { status, total, lines, charges = [], payment, payments = [] }: PaidOrder,
  report: Report,
): void {
  const cost = [...lines.map((line) => line.total), ...charges.map((charge) => charge.amount)];
  const sum = cost.reduce((all, money) => all + (money?.amount ?? 0), 0);
  const price = total?.amount ?? 0;
  if (price !== Math.max(0, sum)) report('order.total', `costs ${price}, its lines and charges ${sum}`);
  if (payment === undefined) {
    if (payments.length > 0) report('order.money', `has ${payments.length} payments and no sums of them`);
    return;
  }
  for (const kind of ['authorised', 'captured', 'refunded'] as const) {
    const recorded = payments.reduce((all, one) => (one.kind === kind ? all + one.amount.amount : all), 0);
    if (payment[kind] !== recorded) report('order.money', `${kind} ${payment[kind]}, its records say ${recorded}`);
  }
  const { captured, refunded, refundDue } = payment;
  if (refunded > captured) report('order.money', `refunded ${refunded} of ${captured}`);
  const forReturns = payments.reduce((all, { returnId, amount }) => all + (returnId ? amount.amount : 0), 0);
  const costs = ended.has(status) ? 0 : Math.max(0, price - forReturns);
  const due = Math.max(0, captured - refunded - costs);
  if (refundDue !== due) report('order.money', `says that ${refundDue} are due back, and ${due} are`);
}
