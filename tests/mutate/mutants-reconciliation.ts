// Mechanisms of reconciliations, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const folder = 'services/inventory/src/reconciliation';

const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${folder}/${file}`, name });
const running = (name: string): MutantTest => ({
  project: 'integration',
  file: `${folder}/reconciliation.int.test.ts`,
  name,
});

export const reconciliationMutants: readonly Mutant[] = [
  {
    name: 'reconcile-up-to-the-level',
    mechanism: 'a ledger is walked up to the sequence number that its level had',
    file: `${folder}/ledger-look.ts`,
    source: 'if (level && movement.sequence > level.sequence) return;',
    replacement: '',
    test: unit('ledger-look.test.ts', 'a ledger > that is whole says what the level says'),
  },
  {
    name: 'reconcile-holding-statuses',
    mechanism: 'a reconciliation looks at the orders of every status in which one holds stock',
    file: 'services/orders/src/orders/reconciliation.routes.ts',
    source: 'following && { status: following }',
    replacement: 'undefined',
    test: {
      project: 'integration',
      file: 'services/orders/src/orders/reconciliation.int.test.ts',
      name: 'those of which a part has left come with the rest',
    },
  },
  {
    name: 'reconcile-twice',
    mechanism: 'only what two looks have seen is a difference',
    file: `${folder}/reconciliation.ts`,
    source: 'const again = found.filter((one) => keys.has(keyOfDifference(one)));',
    replacement: 'const again = found.filter((one) => keys.size > 0 || keyOfDifference(one));',
    test: unit('reconciliation.test.ts', 'a reconciliation > tells only what it has seen twice'),
  },
  {
    name: 'reconcile-settled',
    mechanism: 'the second look waits until both sides have heard what the other had said',
    file: `${folder}/run-reconciliation.ts`,
    source: 'return Math.min(here, there) >= lookedAt!.getTime();',
    replacement: 'return true;',
    test: running('a reconciliation > does not check again before orders has heard'),
  },
  {
    name: 'reconcile-checkpoint',
    mechanism: 'a page is stored before the next one, so that a killed process repeats none',
    file: `${folder}/reconciliation.ts`,
    source: 'return { ...after, step: next, dueAt: new Date(now.getTime() + leaseMs) };',
    replacement: 'return { ...after, step: before.step, dueAt: new Date(now.getTime() + leaseMs) };',
    test: running('a reconciliation > that is stopped after every page goes on where it was'),
  },
  {
    name: 'reconcile-one-winner',
    mechanism: 'of several processes one stores a page',
    file: `${folder}/run-reconciliation.ts`,
    source: 'if (isConflict(error)) return;',
    replacement: '',
    test: running('a reconciliation > that several processes run at once ends once'),
  },
  {
    name: 'repair-of-what-was-looked-at',
    mechanism: 'a level is repaired only where it is as it was looked at',
    file: `${folder}/repair-level.ts`,
    source: 'if (current?.version !== (isMissing ? undefined : level.version) || ',
    replacement: 'if (',
    test: unit('ledger-look.test.ts', 'a repair > is decided on the level that was looked at'),
  },
  {
    name: 'repair-that-is-safe',
    mechanism: 'a level of which more is held than there is stays as it is',
    file: `${folder}/difference.ts`,
    source: "if (held > onHand) return 'orders hold more than the ledger has on hand';",
    replacement: '',
    test: running('a repair > leaves what cannot be set right, and says why'),
  },
  {
    name: 'repair-while-it-is-there',
    mechanism: 'a difference is repaired only while it is still there',
    file: `${folder}/repair-reconciliation.ts`,
    source: "if (!isThere) return 'gone';",
    replacement: "if (!look) return 'gone';",
    test: running('a repair > does nothing to what is gone, and nothing twice'),
  },
  {
    name: 'scheduled-once',
    mechanism: 'of any number of processes one starts a scheduled reconciliation',
    file: `${folder}/schedule.ts`,
    source: "'schedule', String(Math.floor(since / periodMs)))",
    replacement: "'schedule', String(since))",
    test: unit('reconciliation.test.ts', 'the schedule > has one of a business a day'),
  },
];
