// Mechanisms of what has to hold at scale: writes of many documents at once.
import type { Mutant, MutantTest } from './mutant.ts';

const persistence = 'packages/shared/src/persistence/collection';
const states = (name: string): MutantTest => ({
  project: 'integration',
  file: `${persistence}/collection.int.test.ts`,
  name: `full states > ${name}`,
});

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
];
