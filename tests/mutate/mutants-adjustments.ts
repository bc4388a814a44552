// Mechanisms of corrections and forced withdrawals, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const adjustments = 'services/inventory/src/adjustments';

const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${adjustments}/${file}`, name });
const corrected = (name: string): MutantTest => ({
  project: 'integration',
  file: `${adjustments}/corrections.int.test.ts`,
  name,
});

export const adjustmentMutants: readonly Mutant[] = [
  {
    name: 'adjustment-first-answer',
    mechanism: 'the answer to the creation of an adjustment is frozen before its first change',
    file: `${adjustments}/change-adjustment.ts`,
    source: 'creation: frozenCreation(before) };',
    replacement: 'creation: frozenCreation(before) && before.creation };',
    test: unit('change-adjustment.test.ts', 'a repeated create is answered as at first, whatever became of it'),
  },
  {
    name: 'adjustment-movement-of-a-version',
    mechanism: "a movement's id derives from the version of the adjustment that made it",
    file: `${adjustments}/adjustment.ts`,
    source: "derivedId('mov', tenantId, id, String(version))",
    replacement: "derivedId('mov', tenantId, id, '1')",
    test: corrected('an adjustment > is corrected and deleted'),
  },
  {
    name: 'adjustment-inverse',
    mechanism: 'a deletion takes back all that the adjustment has moved',
    file: `${adjustments}/change-adjustment.ts`,
    source: 'difference: -moved,',
    replacement: 'difference: -delta + 1,',
    test: unit('change-adjustment.test.ts', 'a deletion > appends the inverse of all that was moved'),
  },
  {
    name: 'adjustment-reason',
    mechanism: 'another reason takes back under the old one all that was moved',
    file: `${adjustments}/move-adjustment.ts`,
    source: 'if (fields.reason === before.reason) {',
    replacement: 'if (fields.reason) {',
    test: unit('change-adjustment.test.ts', 'another reason > takes back under the old one what was moved'),
  },
  {
    name: 'adjustment-reason-order',
    mechanism: 'what another reason moves keeps the level a level after each movement',
    file: `${adjustments}/move-adjustment.ts`,
    source: '.find((order) => isPossible(order, level))',
    replacement: '.find((order) => order && level)',
    test: unit('change-adjustment.test.ts', 'another reason > of what orders hold is moved in the order'),
  },
  {
    name: 'stock-of-other-locations',
    mechanism: 'every change of a level tells what the other locations have',
    file: 'services/inventory/src/stock/stock-book.ts',
    source: '...(others.length > 0 ? { others } : {})',
    replacement: '',
    test: {
      project: 'integration',
      file: 'services/inventory/src/stock/other-locations.int.test.ts',
      name: 'what other locations have is told by > an adjustment, its correction and its deletion',
    },
  },
  {
    name: 'stock-of-other-locations-in-a-sweep',
    mechanism: 'a forced change that is refused tells what the other locations have',
    file: `${adjustments}/sweep-withdrawals.job.ts`,
    source: 'variantIds: [variantId]',
    replacement: "variantIds: [variantId + '?']",
    test: {
      project: 'integration',
      file: 'services/inventory/src/stock/other-locations.int.test.ts',
      name: 'what other locations have is told by > a forced one that waits, is applied by a cancellation, or is refused',
    },
  },
  {
    name: 'adjustment-version-in-the-decision',
    mechanism: 'If-Match is compared with the version that the change is decided on',
    file: `${adjustments}/change-adjustment.ts`,
    source: 'expectVersion(adjustment.version);',
    replacement: '',
    test: corrected('an adjustment > is corrected once by twenty at once who name the same version'),
  },
  {
    name: 'withheld-is-not-available',
    mechanism: 'what a forced withdrawal waits for is promised to nobody else',
    file: 'services/inventory/src/stock/stock-level.ts',
    source: 'level.onHand - level.reserved - withheldOf(level)',
    replacement: 'level.onHand - level.reserved',
    test: unit('wait-for-stock.test.ts', 'while it waits > what it takes is promised to nobody'),
  },
  {
    name: 'withheld-from-other-withdrawals',
    mechanism: 'a withdrawal that does not wait leaves what another one waits for',
    file: `${adjustments}/withdraw-stock.ts`,
    source: 'level.reserved + withheld;',
    replacement: 'level.reserved;',
    test: unit('wait-for-stock.test.ts', 'while it waits > what it takes is not taken by others'),
  },
  {
    name: 'asked-once',
    mechanism: 'no order is asked to give stock back for two withdrawals',
    file: `${adjustments}/withdraw-stock.ts`,
    source: 'if (asked.has(holder.id)) missing -= quantity;',
    replacement: 'if (asked.has(holder.id)) missing -= quantity - quantity;',
    test: unit('wait-for-stock.test.ts', 'a forced withdrawal > asks no order that another one was asked for'),
  },
  {
    name: 'settled-with-the-release',
    mechanism: 'a forced withdrawal is applied in the batch that gives back the last of its stock',
    file: 'services/inventory/src/on-batch.ts',
    source: '  settleWaiting({ book, documents }, now);',
    replacement: '',
    test: corrected('force > waits for the newest orders and is applied by the last release'),
  },
  {
    name: 'withdrawal-in-time',
    mechanism: 'a forced withdrawal is refused when its time is over',
    file: `${adjustments}/wait-for-stock.ts`,
    source: 'else if (now >= adjustment.dueAt!) refuse(',
    replacement: 'else if (now < adjustment.createdAt) refuse(',
    test: corrected('force > is refused after a minute'),
  },
  {
    name: 'force-needs-permission',
    mechanism: 'only who may force takes reserved stock',
    file: `${adjustments}/adjustments.routes.ts`,
    source: "if (force === true && !auth.permissions.has('stock:force'))",
    replacement: 'if (false)',
    test: corrected('force > is for those with the permission'),
  },
  {
    name: 'withdrawn-in-time',
    mechanism: 'orders cancels nothing for a withdrawal that may have been refused',
    file: 'services/orders/src/orders/order.ts',
    source: 'if (now >= before || ',
    replacement: 'if (',
    test: {
      project: 'integration',
      file: 'services/orders/src/orders/change-order.int.test.ts',
      name: 'stock that is withdrawn > cancels nothing when it is told too late',
    },
  },
  {
    name: 'withdrawn-unseen',
    mechanism: 'customers are not told that a business withdrew its stock',
    file: 'services/orders/src/orders/orders.routes.ts',
    source: 'return reason === stockWithdrawn && ',
    replacement: 'return false && ',
    test: {
      project: 'integration',
      file: 'services/orders/src/orders/change-order.int.test.ts',
      name: 'stock that is withdrawn > is a reason that staff see and customers do not',
    },
  },
];
