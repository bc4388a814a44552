// The tree of another commit beside this one, with dependencies of its own,
// so that its platform can be started from it.
// Invariant: a bench leaves no tree; what a killed one left is removed by the next.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ownRoot } from './platform.ts';

const folder = join(ownRoot, '.data/bench');

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: ownRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function orNothing<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

/** The commit that a ref names; throws when there is none, or when this is no git checkout. */
export function commitOf(ref: string): string {
  const top = orNothing(() => realpathSync(git('rev-parse', '--show-toplevel')));
  if (top !== realpathSync(ownRoot))
    throw new Error('unknown: --against needs a git checkout of the project, with git');
  const commit = orNothing(() => git('rev-parse', '--verify', `${ref}^{commit}`));
  if (commit === undefined) throw new Error(`unknown: --against ${ref}: there is no such commit in this checkout`);
  return commit;
}

/** Where this process has the tree of a commit. */
export function treeOf(commit: string): string {
  return join(folder, `against-${commit.slice(0, 12)}-${process.pid}`);
}

/**
 * Checks the commit out and installs its dependencies as its own `npm start` would. Nothing else happens meanwhile, so
 * that a signal finds the tree either complete or failed. Throws when the commit cannot be installed.
 */
export function makeTree(tree: string, commit: string): void {
  mkdirSync(folder, { recursive: true });
  removeLeftTrees();
  git('worktree', 'add', '--detach', tree, commit);
  // Binaries and pnpm are there already.
  const tools = join(ownRoot, '.data/tools');
  mkdirSync(tools, { recursive: true });
  mkdirSync(join(tree, '.data'));
  symlinkSync(tools, join(tree, '.data/tools'));
  const toolchain = pathToFileURL(join(tree, 'tools/bootstrap/toolchain.mjs')).href;
  const install = `import { bringToolchain } from '${toolchain}'; await bringToolchain();`;
  try {
    execFileSync(process.execPath, ['--input-type=module', '--eval', install], {
      cwd: tree,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (cause) {
    throw new Error(`the dependencies of ${commit} could not be installed`, { cause });
  }
}

/** Removes the tree, however much of it there is. */
export function removeTree(tree: string): void {
  rmSync(tree, { recursive: true, force: true });
  // Fails when git never came to know it.
  orNothing(() => git('worktree', 'remove', '--force', tree));
}

function removeLeftTrees(): void {
  for (const name of readdirSync(folder)) {
    const pid = /^against-[0-9a-f]+-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeTree(join(folder, name));
  }
}
