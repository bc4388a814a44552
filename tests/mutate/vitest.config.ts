// The test projects with one mutant in place of its source: `HOLDFAST_MUTANT` names it, no file is touched.
// Servers are those of the runner, but for tests that start a whole platform.
// Invariant: that the mutant was loaded is written to HOLDFAST_MUTANT_LOADED,
// so that a test which never meets it proves nothing.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.ts';
import { applyMutant } from './mutant.ts';
import { mutants } from './mutants.ts';

const rootDir = join(import.meta.dirname, '../..');
const wanted = process.env.HOLDFAST_MUTANT ?? '';
const mutant = mutants.find(({ name }) => name === wanted);
if (wanted !== '' && !mutant) throw new Error(`there is no mutant ${wanted}`);

const plugin: Plugin = {
  name: 'holdfast-mutant',
  enforce: 'pre',
  transform(code, id) {
    if (!mutant || id.split('?')[0] !== join(rootDir, mutant.file)) return undefined;
    const mutated = applyMutant(code, mutant);
    appendFileSync(process.env.HOLDFAST_MUTANT_LOADED!, `${mutant.name}\n`);
    return { code: mutated, map: null };
  },
};

type Inline = { test: { name?: string; globalSetup?: unknown } & object };

/** Servers are the runner's; nothing is cached, or a mutant would stay in later runs. */
function withMutant(project: Inline): object {
  const { globalSetup, ...test } = project.test;
  // Processes of a platform load the mutant by themselves, so that it has to start anew for each.
  const setup = test.name === 'api' ? { globalSetup } : {};
  return { ...project, test: { ...test, ...setup, fsModuleCache: false }, plugins: [plugin] };
}

const projects = (base.test?.projects ?? []) as Inline[];
export default defineConfig({
  root: rootDir,
  test: { ...base.test, fsModuleCache: false, projects: projects.map(withMutant) as never },
});
