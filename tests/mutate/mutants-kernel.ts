// Mechanisms of opening and closing what a process works with, and of answering a repeated create.
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
    source: 'closers.toReversed()',
    replacement: 'closers',
    test: unit('parts of a process > are what was opened, and close in reverse, once'),
  },
  {
    name: 'parts-of-a-failed-start',
    mechanism: 'what is open is closed when a later part does not open',
    file,
    source: 'await closers.close().catch(() => undefined);',
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
    name: 'parts-closed-together',
    mechanism: 'parts that do not need one another do not wait for one another to close',
    file,
    source: 'createClosers(log, together)',
    replacement: 'createClosers(log, inReverse)',
    test: unit('a group of parts > is closed at the same time, when it is its turn'),
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
  {
    name: 'create-beside',
    mechanism: 'a create that meets the one of an equal request gets its answer',
    file: 'packages/shared/src/persistence/create-once.ts',
    source: 'const beside = key && isDuplicateKey(error) ? await findFirst(key) : undefined;',
    replacement: 'const beside = undefined;',
    test: {
      project: 'unit',
      file: 'packages/shared/src/persistence/create-once.test.ts',
      name: 'creating under a key > answers what a request beside it created, which was faster',
    },
  },
  {
    name: 'same-request',
    mechanism: 'a key of another request is refused',
    file: 'packages/shared/src/values/command.ts',
    source: "throw new DomainError('idempotency_key_reused');",
    replacement: 'return;',
    test: {
      project: 'integration',
      file: 'services/inventory/src/adjustments/adjustments.int.test.ts',
      name: 'a repeated key > gives the first answer again; another body is refused; another caller is not meant',
    },
  },
  {
    name: 'first-answer-of-a-product',
    mechanism: 'the first answer of a create has the time of the first request',
    file: 'services/catalog/src/products/create-product.ts',
    source: 'category, createdAt: stored.createdAt }',
    replacement: 'category }',
    test: {
      project: 'integration',
      file: 'services/catalog/src/writing.int.test.ts',
      name: 'creating > answers a repeated Idempotency-Key with the first answer, even after a change, and refuses another body',
    },
  },
  {
    name: 'first-answer-of-a-user',
    mechanism: 'the first answer of a create is not the thing as it is now',
    file: 'services/auth/src/users/create-user.ts',
    source: 'return userOf({ id, command, createdAt: stored.createdAt });',
    replacement: 'return stored;',
    test: {
      project: 'integration',
      file: 'services/auth/src/users/users.int.test.ts',
      name: 'creating a user with an Idempotency-Key > gives the first answer also when the user has changed since',
    },
  },
];
