// What a mutant is, and how it is put into a source. Invariant: its text must be there exactly once, so that a mutant
// cannot stay behind unnoticed when the code around it moves.

/** One mechanism taken away, and the test that has to notice. */
export interface Mutant {
  readonly name: string;
  /** What is taken away, for readers. */
  readonly mechanism: string;
  /** From the root of the repository. */
  readonly file: string;
  /** As short as it is unique in its file. */
  readonly source: string;
  readonly replacement: string;
  readonly test: MutantTest;
}

export interface MutantTest {
  readonly project: 'unit' | 'integration' | 'tenancy' | 'simulation' | 'api';
  readonly file: string;
  /** The test's name with its groups, as `group > test`; of a family of tests the common beginning. */
  readonly name: string;
}

/** The text with the mutant in it; throws when the mutant's source is not there exactly once. */
export function applyMutant(text: string, { name, file, source, replacement }: Mutant): string {
  const count = text.split(source).length - 1;
  if (count !== 1) throw new Error(`mutant ${name}: its source is ${count} times in ${file}, not once:\n${source}`);
  return text.replace(source, () => replacement);
}
