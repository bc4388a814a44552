// Mechanisms of what has to hold at scale: writes of many documents at once.
import type { Mutant, MutantTest } from './mutant.ts';

const persistence = 'packages/shared/src/persistence/collection';
const states = (name: string): MutantTest => ({
  project: 'integration',
  file: `${persistence}/collection.int.test.ts`,
  name: `full states > ${name}`,
});

const reconciliation = 'services/inventory/src/reconciliation';
const lost = (name: string): MutantTest => ({
  project: 'integration',
  file: `${reconciliation}/lost-levels.int.test.ts`,
  name,
});

const catalog = 'services/catalog/src';
const jobs = (name: string): MutantTest => ({ project: 'integration', file: `${catalog}/jobs/jobs.int.test.ts`, name });

export const scaleMutants: readonly Mutant[] = [
  {
    name: 'newer-states-meanwhile',
    mechanism: 'a state that somebody else inserted meanwhile gives way to a newer one',
    file: `${persistence}/save-newer.ts`,
    source: 'await update(missing);',
    replacement: 'void missing;',
    test: states('give way to newer ones only: of version 2, while somebody inserts version 1'),
  },
  {
    name: 'newer-states-only',
    mechanism: 'a state is written only over an older one, also where a newer one came after it was read',
    file: `${persistence}/save-newer.ts`,
    source: ', version: { $lt: state.version } }',
    replacement: ' }',
    test: states('give way to newer ones only: of version 2, while somebody inserts version 3'),
  },
  {
    name: 'reconcile-lost-ledger',
    mechanism: 'a ledger without a level is a difference',
    file: `${reconciliation}/ledger-look.ts`,
    source: 'orphans.set(key, { variantId, locationId });',
    replacement: 'void [variantId, locationId];',
    test: lost('a level that is lost > is found among more than a page of them'),
  },
  {
    name: 'reconcile-lost-holds',
    mechanism: 'what orders hold where there is neither level nor ledger is a difference',
    file: `${reconciliation}/look-at-stock.ts`,
    source: '...holds.places.filter(',
    replacement: '...[].filter(',
    test: lost('a level that is lost > with its ledger is found by what orders hold of it, and cannot be made again'),
  },
  {
    name: 'reconcile-lost-pages',
    mechanism: 'a page that met many ledgers without a level ends, and the next one goes on behind it',
    file: `${reconciliation}/look-at-stock.ts`,
    source: 'return { after: undefined, upTo: current };',
    replacement: 'return undefined;',
    test: lost('a level that is lost > is found among more than a page of them'),
  },
  {
    name: 'reconcile-remade-version',
    mechanism: 'a level that is made again is newer than all that readers know of it',
    file: `${reconciliation}/look-at-stock.ts`,
    source: 'version: sequence + remadeVersionLift',
    replacement: 'version: 0',
    test: lost('a level that is lost > is found by its ledger, made again from it, and sells on'),
  },
  {
    name: 'reconcile-one-at-a-time',
    mechanism: 'of a tenant one reconciliation runs at a time',
    file: `${reconciliation}/reconciliation.store.ts`,
    source: '...runs,\n      unique: true,',
    replacement: '...runs,',
    test: lost('of a tenant one reconciliation at a time > runs'),
  },
  {
    name: 'level-missing-refusal',
    mechanism: 'a number that the ledger has already is a lost level, not a fault of the server',
    file: 'services/inventory/src/stock/stock-writer.ts',
    source: "if (isDuplicateKey(error)) return new DomainError('level_missing'",
    replacement: "if (variantIds.length < 0) return new DomainError('level_missing'",
    test: lost('a level that is lost > is refused where something is booked on it'),
  },
  {
    name: 'job-places',
    mechanism: 'a tenant has no more unfinished jobs than places, also of many that come at once',
    file: `${catalog}/jobs/job.store.ts`,
    source: 'const after = { ...change.after, slot: ',
    replacement: 'const after = { ...change.after, slot: undefined && ',
    test: jobs('unfinished jobs of a tenant > are as many as there are places'),
  },
  {
    name: 'purge-after-files',
    mechanism: 'a job is purged only when its file is gone',
    file: `${catalog}/jobs/job.store.ts`,
    source: 'where: { expiresAt: null },',
    replacement: '',
    test: jobs('the purge > takes jobs that ended long ago'),
  },
  {
    name: 'cell-behind-a-separator',
    mechanism: 'what a spreadsheet may take for a cell behind another separator is no formula',
    file: `${catalog}/csv/cells.ts`,
    source: 'const danger = /(?<=^|[;\\t\\r\\n])',
    replacement: 'const danger = /(?<=^)',
    test: {
      project: 'unit',
      file: `${catalog}/csv/cells.property.test.ts`,
      name: 'a cell is no formula behind a separator of another spreadsheet',
    },
  },
];
