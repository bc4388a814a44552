// Mechanisms of payments, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const payments = 'services/orders/src/payments';

const deciding = (name: string): MutantTest => ({ project: 'unit', file: `${payments}/pay.test.ts`, name });
const providers = 'services/orders/src/payment-providers';
const notified = (name: string): MutantTest => ({
  project: 'integration',
  file: `${providers}/callbacks.int.test.ts`,
  name,
});
const atTheEdge = (name: string): MutantTest => ({
  project: 'unit',
  file: 'services/gateway/src/access/callbacks.test.ts',
  name,
});
const paying = (name: string): MutantTest => ({
  project: 'integration',
  file: `${payments}/payments.int.test.ts`,
  name,
});

export const paymentMutants: readonly Mutant[] = [
  {
    name: 'payment-before-confirmation',
    mechanism: 'an order that has to be paid first is not confirmed by its stock alone',
    file: `${payments}/pay.ts`,
    source: "if (isPaidEnough(order)) return { type: 'confirmed', at, allocations };",
    replacement: "if (order.version > 0) return { type: 'confirmed', at, allocations };",
    test: deciding(
      'an order that has to be paid first > waits for its payment once its lines are held, for as long as the tenant allowed when it was placed',
    ),
  },
  {
    name: 'payment-once',
    mechanism: 'a payment that is sent again under its reference adds nothing',
    file: `${payments}/pay.ts`,
    source: 'payment.amount.amount - amountUnder(payment, known)',
    replacement: 'payment.amount.amount',
    test: deciding(
      'a payment > sent again adds nothing, one told with more adds the difference, one told with less nothing',
    ),
  },
  {
    name: 'payment-reopens-nothing',
    mechanism: 'a payment never reopens an order that was cancelled',
    file: `${payments}/pay.ts`,
    source: "if (order.status !== 'EXPIRED') return undefined;",
    replacement: '',
    test: deciding('a payment of an order that has ended > CANCELLED is recorded and due back, and reopens nothing'),
  },
  {
    name: 'payment-completes',
    mechanism: 'only the payment that completes what an expired order costs revives it',
    file: `${payments}/pay.ts`,
    source: 'before < order.total.amount && before + captured',
    replacement: 'before + captured',
    test: deciding('a payment after the window > does not revive an order whose money is to be given back already'),
  },
  {
    name: 'payment-refund-due',
    mechanism: 'whatever ends an order, what was captured is due back',
    file: 'services/orders/src/orders/evolve.ts',
    source: 'const after = withRefundDue({',
    replacement: 'const after = Object({',
    test: deciding('a payment of an order that has ended > that was paid before it ended is due back'),
  },
  {
    name: 'payment-refund-bound',
    mechanism: 'no more is refunded than was captured and is not refunded',
    file: `${payments}/refund.ts`,
    source: 'if (amount.amount > left)',
    replacement: 'if (false)',
    test: paying('a refund > of any number at once comes to no more than was paid'),
  },
  {
    name: 'payment-return-refund',
    mechanism: 'what is refunded for a return takes nothing of what is due for another reason',
    file: `${payments}/payment.ts`,
    source: 'returnId !== undefined',
    replacement: 'returnId === null',
    test: {
      project: 'unit',
      file: 'services/orders/src/returns/returning.test.ts',
      name: 'closing > with a refund takes nothing of what is due for another reason',
    },
  },
  {
    name: 'payment-repeated-key',
    mechanism: 'the key under which a recorded payment is sent again is kept',
    file: `${payments}/confirm-payment.ts`,
    source: ' ?? decideRepeated(order, payment, at)',
    replacement: '',
    test: paying(
      'an order that has to be paid first > keeps the key of a payment that is recorded already: with another body it is refused, and books nothing',
    ),
  },
  {
    name: 'payment-window-apart',
    mechanism: 'orders that wait for their payment do not count as undecided',
    file: 'services/orders/src/orders/evolve.ts',
    source: 'pending: null, dueAt: null, edit',
    replacement: 'pending: null, edit',
    test: paying(
      'an order that has to be paid first > expires at the end of its window, which its sweep alone looks at',
    ),
  },
  {
    name: 'payment-race-with-cancel',
    mechanism: 'a payment and a cancellation are decided on one version of the order',
    file: 'packages/shared/src/persistence/collection/collection.ts',
    source: 'tenantId: tenantId!, version }',
    replacement: 'tenantId: tenantId! }',
    test: {
      project: 'integration',
      file: `${payments}/races.int.test.ts`,
      name: 'a payment > and a cancellation at once end cancelled, with the money due back and nothing demanded',
    },
  },
  {
    name: 'callback-signature',
    mechanism: 'a notice counts only with the signature of its business',
    file: `${providers}/receive-callback.ts`,
    source: '|| !isSigned) throw',
    replacement: ') throw',
    test: notified('who has not the secret > gets one answer, whatever is wrong'),
  },
  {
    name: 'callback-time',
    mechanism: 'a signature is good for five minutes',
    file: `${providers}/stripe.ts`,
    source: '        toleranceSeconds,',
    replacement: '        0,',
    test: {
      project: 'unit',
      file: `${providers}/stripe.test.ts`,
      name: 'the signature > is good for five minutes',
    },
  },
  {
    name: 'callback-once',
    mechanism: 'a notice that is sent again finds the record that its event made',
    file: `${payments}/pay.ts`,
    source: 'if (added <= 0) return undefined;',
    replacement: 'if (added === 0) return undefined;',
    test: notified(
      'a notice > counts in whatever order notices come: a refund before its payment, an older refund after a newer one',
    ),
  },
  {
    name: 'callback-rotation',
    mechanism: 'a replaced secret is good for a day and no longer',
    file: `${providers}/payment-provider.ts`,
    source: 'previous !== null && now < previous.until',
    replacement: 'previous !== null',
    test: notified('a payment provider > may sign with the secret of before for a day'),
  },
  {
    name: 'callback-secret-sealed',
    mechanism: 'the secret of a payment provider is stored sealed',
    file: `${providers}/set-provider.ts`,
    source: 'sealed, previous: null, ...times',
    replacement: 'sealed: Object.assign(sealed, { secret }), previous: null, ...times',
    test: notified('a payment provider > is set, read, replaced and removed by who may, without its secret'),
  },
  {
    name: 'callback-budget',
    mechanism: 'a made-up business has no budget of its own',
    file: 'services/gateway/src/rate-limits/rate-limiter.ts',
    source: "{ budget: budgets.callbacksAll, key: rateKey('callbacks-all', network) },",
    replacement: '',
    test: atTheEdge('the budget of notices > is one more of the address: a made-up business has no budget of its own'),
  },
  {
    name: 'callback-memory',
    mechanism: 'notices that are arriving take a bounded part of the memory',
    file: 'services/gateway/src/access/admit.ts',
    source: 'reply);\n      admitBody(request, reply);\n      return;',
    replacement: 'reply);\n      return;',
    test: atTheEdge('notices that are on their way > take a bounded part of the memory, and give it back'),
  },
  {
    name: 'payment-shares-add-up',
    mechanism: 'the units that are left when money is shared go to the largest fractions',
    file: `${payments}/share-refund.ts`,
    source: 'byFraction.slice(0, left)',
    replacement: 'byFraction.slice(0, 0)',
    test: {
      project: 'unit',
      file: `${payments}/share-refund.property.test.ts`,
      name: 'in EUR > the shares of the lines add up, and each is its exact part rounded to a neighbour',
    },
  },
];
