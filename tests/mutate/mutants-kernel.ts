// Mechanisms of opening and closing what a process works with.
import type { Mutant, MutantTest } from './mutant.ts';

const file = 'packages/shared/src/process/open-parts.ts';
const unit = (name: string): MutantTest => ({
  project: 'unit',
  file: 'packages/shared/src/process/open-parts.test.ts',
  name,
});

export const kernelMutants: readonly Mutant[] = [
  {
    name: 'parts-closed-in-reverse',
    mechanism: 'what was opened last is closed first',
    file,
    source: 'let closer = closers.pop(); closer; closer = closers.pop()',
    replacement: 'let closer = closers.shift(); closer; closer = closers.shift()',
    test: unit('parts of a process > are what was opened, and close in reverse, once'),
  },
  {
    name: 'parts-of-a-failed-start',
    mechanism: 'what is open is closed when a later part does not open',
    file,
    source: 'await stack.close().catch(() => undefined);',
    replacement: '',
    test: unit('parts of a process > are closed, once and in reverse, when a later one does not open'),
  },
  {
    name: 'parts-that-do-not-close',
    mechanism: 'a part that does not close keeps no other open',
    file,
    source: 'return [new Error(',
    replacement: 'throw [new Error(',
    test: unit('parts of a process > that do not close keep no other open, are logged, and are told of at the end'),
  },
  {
    name: 'parts-of-an-aborted-start',
    mechanism: 'aborting a start does not wait for what is being opened',
    file,
    source: "signal?.addEventListener('abort', abort);",
    replacement: '',
    test: unit('aborting the start > closes what is open without waiting for what is being opened'),
  },
  {
    name: 'parts-opened-too-late',
    mechanism: 'a part that opens after everything was closed is closed at once',
    file,
    source: 'if (closing) void closeOne({ name, close });',
    replacement: 'if (closing) return;',
    test: unit('aborting the start > closes what is open without waiting for what is being opened'),
  },
];
