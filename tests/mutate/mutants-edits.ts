// Mechanisms of edits, numbers, searches and archived orders, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const src = 'services/orders/src';

const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${src}/${file}`, name });
const integration = (file: string, name: string): MutantTest => ({
  project: 'integration',
  file: `${src}/${file}`,
  name,
});
const editing = (name: string) => unit('edits/edit.test.ts', name);

export const editMutants: readonly Mutant[] = [
  {
    name: 'edit-change-pending',
    mechanism: 'an edit waits for the answer to the one before',
    file: `${src}/edits/edit.ts`,
    source: 'if (order.pending !== null) throw changePending(order);',
    replacement: '',
    test: editing('new quantities > wait: meanwhile no other edit, but a cancellation, which takes them with it'),
  },
  {
    name: 'edit-no-stock-no-request',
    mechanism: 'an edit of a note or an address asks inventory for nothing',
    file: `${src}/edits/edit.ts`,
    source: "if (!changed.includes('lines'))",
    replacement: 'if (changed.length === 0)',
    test: editing('what moves no stock > a note applies at once, and asks for nothing'),
  },
  {
    name: 'edit-withdrawn-lines',
    mechanism: 'an edit that is taken back asks for the former lines',
    file: `${src}/orders/order.ts`,
    source: '&& edit.isWithdrawn !== true ? edit.lines',
    replacement: '? edit.lines',
    test: editing(
      'an edit that nobody answers > is taken back at the end of its window, by asking for the former lines',
    ),
  },
  {
    name: 'edit-after-all',
    mechanism: 'where the former lines are gone the new ones are asked for again, which inventory holds',
    file: `${src}/edits/edit.ts`,
    source: 'if (edit.isWithdrawn !== true) return',
    replacement: 'if (edit.lines.length > 0) return',
    test: editing('an edit that nobody answers > applies after all where the former lines are gone'),
  },
  {
    name: 'edit-ends-with-order',
    mechanism: 'an order that ends takes the edit that waits with it',
    file: `${src}/orders/evolve.ts`,
    source: 'edit: undefined, editMetadata: undefined };',
    replacement: '};',
    test: editing('new quantities > wait: meanwhile no other edit, but a cancellation, which takes them with it'),
  },
  {
    name: 'edit-frozen-placement',
    mechanism: 'the answer to a placement is frozen before the first edit',
    file: `${src}/edits/edit.ts`,
    source: '...frozenPlacement(order),',
    replacement: '',
    test: editing('the answer to the placement > stays what it was, whatever is edited later'),
  },
  {
    name: 'edit-erased-placement',
    mechanism: 'what is kept of a placement for its replays is erased with the customer',
    file: `${src}/orders/erasure.ts`,
    source: 'placed: placed && withoutPersonal(placed),',
    replacement: 'placed,',
    test: editing('the answer to the placement > and the edit that waits are reached by the erasure of the customer'),
  },
  {
    name: 'edit-paid-by-less',
    mechanism: 'an order that costs no more than was paid of it is confirmed',
    file: `${src}/edits/edit.ts`,
    source: "return status === 'AWAITING_PAYMENT' && isPaidEnough",
    replacement: "return status === 'PENDING' && isPaidEnough",
    test: editing('money > that was paid in part confirms the order when an edit makes it enough'),
  },
  {
    name: 'charges-never-below-nothing',
    mechanism: 'discounts never make an order cost less than nothing',
    file: `${src}/orders/charges.ts`,
    source: 'if (total.amount < 0)',
    replacement: 'if (total.amount < -1_000_000_000)',
    test: unit('orders/charges.property.test.ts', 'in EUR > it is the sum of lines and charges'),
  },
  {
    name: 'edit-waits-on',
    mechanism: 'older news of an order does not end the wait for its edit',
    file: `${src}/orders/wait-for-order.ts`,
    source: 'last = await next(last, waiter, leftMs, deps);\n      if (isSettled(last)) break;',
    replacement: 'last = await next(last, waiter, leftMs, deps);\n      break;',
    test: unit('orders/wait-for-order.test.ts', 'waits on when what wakes it is older news'),
  },
  {
    name: 'edit-older-wake',
    mechanism: 'who waits is not answered with the order as it was before',
    file: `${src}/orders/wait-for-order.ts`,
    source: ' && wake.version > order.version;',
    replacement: ';',
    test: unit('orders/wait-for-order.test.ts', 'is not answered with the order as it was before'),
  },
  {
    name: 'number-block-once',
    mechanism: 'a counter moves on by what is taken of it, in one write',
    file: `${src}/numbers/order-numbers.store.ts`,
    source: '$inc: { taken: count }',
    replacement: '$inc: { taken: 1 }',
    test: integration('numbers/order-numbers.int.test.ts', 'are never the same from several processes'),
  },
  {
    name: 'number-given-back',
    mechanism: 'a request that is sent again does not use up a number',
    file: `${src}/orders/place-order.ts`,
    source: 'if (earlier.number !== order.number) deps.numbers.giveBack',
    replacement: 'if (earlier.number === 0) deps.numbers.giveBack',
    test: integration('orders/order-search.int.test.ts', 'numbers of orders > are given once'),
  },
  {
    name: 'archived-takes-no-command',
    mechanism: 'an archived order takes no command',
    file: `${src}/orders/change-order.ts`,
    source: 'target.command.isForArchived !== true) assertNotArchived(order);',
    replacement: 'target.command.isForArchived === true) assertNotArchived(order);',
    test: integration('archive/archive.int.test.ts', 'an order that has ended > takes no command any more'),
  },
  {
    name: 'archived-comes-back',
    mechanism: 'an archived order that a late payment revives is in the archive no more',
    file: `${src}/orders/evolve.ts`,
    source: '{ isArchived: undefined, pending: null,',
    replacement: '{ pending: null,',
    test: unit(
      'payments/pay.test.ts',
      'a payment after the window > takes an order that it revives out of the archive',
    ),
  },
  {
    name: 'archived-is-settled',
    mechanism: 'an order that owes money or has an open return is not archived',
    file: `${src}/archive/archive.ts`,
    source: "if (refundDue === 0 && returnIds.length === 0) return { type: 'archived', at, actor };",
    replacement: "if (refundDue >= 0) return { type: 'archived', at, actor };",
    test: integration('archive/archive.int.test.ts', 'money that is due back keeps it from being archived'),
  },
  {
    name: 'search-index-of-variants',
    mechanism: 'a search by variant is decided on its index',
    file: `${src}/orders/order-search.store.ts`,
    source: '  sortKey: -1,\n  customerId: 1,',
    replacement: '  sortKey: -1,',
    test: integration('orders/order-search.int.test.ts', 'a search > looks at no order that it does not return'),
  },
];
