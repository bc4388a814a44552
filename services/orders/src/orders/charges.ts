// What an order costs: its lines and what is charged or taken off beside them. Pure; integers of one currency only.
import { DomainError } from '@holdfast/shared/errors';
import { type Money, sumMoney } from '@holdfast/shared/values';
import type { Charge, OrderLine } from './order.ts';

/** Lines and charges. Throws mixed_currencies, total_too_large, and total_negative below nothing. */
export function totalOf(lines: readonly Pick<OrderLine, 'total'>[], charges: readonly Charge[] = []): Money {
  const { currency } = lines[0]!.total;
  const amounts = [...lines.map(({ total }) => total), ...charges.map(({ amount }) => amount)];
  if (amounts.some((amount) => amount.currency !== currency)) throw new DomainError('mixed_currencies');
  // What is given comes first: a sum that was no integer in between would not become one by a discount.
  const gross = sumMoney(
    amounts.filter(({ amount }) => amount > 0),
    currency,
  );
  if (gross === undefined) throw new DomainError('total_too_large');
  const total = sumMoney([gross, ...amounts.filter(({ amount }) => amount < 0)], currency)!;
  if (total.amount < 0) throw new DomainError('total_negative', { extra: { total } });
  return total;
}
