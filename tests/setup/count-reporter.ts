// Counts what a vitest run did and writes it where `run-tests.ts` asked for it. A file that could not be loaded, an
// unhandled error and an interrupted run are failures, even though no test of theirs failed.
import { writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

type RunEnd = NonNullable<Reporter['onTestRunEnd']>;

/** Passed and failed of one run. */
export interface Count {
  passed: number;
  failed: number;
}

/** The reporter that vitest loads by path. */
export default class CountReporter implements Reporter {
  onTestRunEnd(...[modules, unhandledErrors, reason]: Parameters<RunEnd>): void {
    const count: Count = { passed: 0, failed: unhandledErrors.length + (reason === 'interrupted' ? 1 : 0) };
    for (const module of modules) {
      let failedInside = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') count.passed += 1;
        if (state === 'failed') failedInside += 1;
      }
      count.failed += failedInside;
      if (failedInside === 0 && module.state() === 'failed') count.failed += 1;
    }
    const target = process.env.HOLDFAST_TEST_COUNT_FILE;
    if (target) writeFileSync(target, JSON.stringify(count));
  }
}
