// Mechanisms of imports and exports.
import type { Mutant, MutantTest } from './mutant.ts';

const catalog = 'services/catalog/src';
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${catalog}/${file}`, name });
const integration = (file: string, name: string): MutantTest => ({
  project: 'integration',
  file: `${catalog}/${file}`,
  name,
});

export const fileMutants: readonly Mutant[] = [
  {
    name: 'import-checkpoint',
    mechanism: 'rows are counted once: an import goes on behind the rows that are applied',
    file: `${catalog}/imports/run-import.ts`,
    source: 'if (place <= applied) {',
    replacement: 'if (place <= 0) {',
    test: integration(
      'imports/superseded.int.test.ts',
      'an import whose run ended early > goes on behind the rows that are applied',
    ),
  },
  {
    name: 'import-counts-conditional',
    mechanism: 'a step is counted only where the import is as it was decided on',
    file: `${catalog}/imports/run-import.ts`,
    source: 'if ((await deps.imports.save([change], session)) !== 1) throw new Superseded();',
    replacement: 'await deps.imports.save([change], session);',
    test: integration('imports/superseded.int.test.ts', 'a process that was superseded > counts nothing'),
  },
  {
    name: 'import-fence',
    mechanism: 'a process that was superseded in the middle of its rows writes nothing old',
    file: `${catalog}/imports/apply-products.ts`,
    source: 'if (stored?.version !== version) throw new Superseded();',
    replacement: '',
    test: integration('imports/superseded.int.test.ts', 'a process that was superseded > writes none of its rows'),
  },
  {
    name: 'import-in-turn',
    mechanism: 'imports of a tenant take effect in the order in which they were queued',
    file: `${catalog}/imports/run-import.ts`,
    source: 'if (oldest && oldest.id !== job.id) {',
    replacement: 'if (false) {',
    test: integration('imports/superseded.int.test.ts', 'imports of a business > wait for the one before them'),
  },
  {
    name: 'import-whole-file-first',
    mechanism: 'a file is read through before its first row is applied',
    file: `${catalog}/imports/run-import.ts`,
    // The table of what was seen needs a number of rows, or the run would look for room in it for ever.
    source: 'await countRows(run);',
    replacement: 'await save(run, countedImport(run.job, 2_000, stampOf(run), run.deps.abandonedAfterMs));',
    test: integration(
      'imports/imports.int.test.ts',
      'a file that is broken further down > changes nothing, however many good rows stand above',
    ),
  },
  {
    name: 'count-once',
    mechanism: 'the id of an imported count derives from the import and its line',
    file: 'services/inventory/src/adjustments/import-counts.ts',
    source: "derivedId('adj', tenantId, importId, String(line))",
    replacement: "derivedId('adj', tenantId, importId, String(line), String(Math.random()))",
    test: {
      project: 'integration',
      file: 'services/inventory/src/adjustments/import-counts.int.test.ts',
      name: 'counts of a file > that are sent again have no further effect',
    },
  },
  {
    name: 'formula-escape',
    mechanism: 'a cell that a spreadsheet would execute is escaped',
    file: `${catalog}/csv/cells.ts`,
    source: 'return text.replace(danger, "\'");',
    replacement: 'return text;',
    test: unit('csv/cells.property.test.ts', 'a cell is no formula'),
  },
  {
    name: 'formula-escape-exact',
    mechanism: 'an apostrophe in front is escaped too, so that reading undoes exactly what writing does',
    file: `${catalog}/csv/cells.ts`,
    source: "const danger = /(?<=^|[;\\t\\r\\n])(?=[=+\\-@\\t\\r\\uff1d'])/g;",
    replacement: 'const danger = /(?<=^|[;\\t\\r\\n])(?=[=+\\-@\\t\\r\\uff1d])/g;',
    test: unit('csv/cells.property.test.ts', 'a cell is no formula'),
  },
  {
    name: 'no-rounding',
    mechanism: 'an amount with too many decimals is refused',
    file: `${catalog}/csv/amounts.ts`,
    source: 'if (fraction.length > exponent) {',
    replacement: 'if (false) {',
    test: unit('csv/amounts.test.ts', 'an amount > "19.999" is too_many_decimals'),
  },
  {
    name: 'upload-bound',
    mechanism: 'a file has no more bytes than the plan allows, whatever its headers say',
    file: 'services/gateway/src/access/uploads.ts',
    source: 'if (bytes > bytesMax) throw tooLarge(bytesMax);',
    replacement: '',
    test: {
      project: 'unit',
      file: 'services/gateway/src/access/uploads.test.ts',
      name: 'a file > without a length ends where it is too large',
    },
  },
  {
    name: 'upload-refused',
    mechanism: 'who is refused while the file is still sent keeps the connection, and hears why',
    file: 'services/gateway/src/access/uploads.ts',
    source: "if (refused.has(request)) reply.removeHeader('connection');",
    replacement: '',
    test: {
      project: 'unit',
      file: 'services/gateway/src/access/uploads.test.ts',
      name: 'a file > that is refused at /v1/imports before it was sent can be sent to its end',
    },
  },
  {
    name: 'slow-body',
    mechanism: 'a body that trickles is cut off',
    file: 'packages/shared/src/http/slow-bodies.ts',
    source: "server.emit('clientError', tooSlow(), socket);",
    replacement: '',
    test: {
      project: 'unit',
      file: 'packages/shared/src/http/http-server.test.ts',
      name: 'slow senders > of a body without an end are cut off in time',
    },
  },
];
