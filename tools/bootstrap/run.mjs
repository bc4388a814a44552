// `npm start`, `npm test` and the other verbs begin here, with whatever Node 18 or newer the machine has. Brings pnpm,
// the dependencies and Node 24 into the project, then runs the verb with that Node. Says nothing when all is there.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runInheriting } from './child.mjs';
import { bringToolchain, fail, rootDir } from './toolchain.mjs';

/** What each verb runs with Node 24, in order; arguments of the command line go to the last step. */
const VERBS = {
  start: [['tools/devstack/src/main.ts']],
  test: [['tests/setup/run-tests.ts']],
  check: [['tests/setup/run-tests.ts', 'check']],
  lint: [['node_modules/@biomejs/biome/bin/biome', 'check']],
  typecheck: [['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json']],
  bench: [['bench/main.ts']],
  demo: [['tools/seed/src/demo.ts']],
  chaos: [['tests/chaos/main.ts']],
  mutate: [['tests/mutate/main.ts']],
  operator: [['tools/operator/src/main.ts']],
  docs: [['tools/docs/src/main.ts']],
};

async function main() {
  const [verb, ...args] = process.argv.slice(2);
  const steps = VERBS[verb];
  if (!steps) {
    fail([`usage: node tools/bootstrap/${basename(process.argv[1])} <${Object.keys(VERBS).join(' | ')}> [arguments]`]);
  }
  const node = await bringToolchain();
  for (const [index, [script, ...given]] of steps.entries()) {
    if (!existsSync(join(rootDir, script))) fail([`${verb}: ${script} does not exist in this version`]);
    const last = index === steps.length - 1;
    const code = await runInheriting(node, [join(rootDir, script), ...given, ...(last ? args : [])]);
    if (code !== 0) process.exit(code);
  }
}

main().catch((error) => fail([String(error?.message ?? error)]));
