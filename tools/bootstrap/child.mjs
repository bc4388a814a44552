// Runs one command in the foreground. Signals are passed on and the command is always waited for, so that a Ctrl-C
// never returns to the prompt while the stack is still stopping. When npm or the terminal goes away, that counts as a
// signal too.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { rootDir } from './toolchain.mjs';

const PARENT_POLL_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Who started us: our parent, and npm when a shell stands between (it survives npm's death, waiting for us). */
function ancestry() {
  const parent = process.ppid;
  if (!process.env.npm_lifecycle_event || process.platform !== 'linux') return String(parent);
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    const grandparent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    return `${parent} ${grandparent}`;
  } catch {
    return 'gone';
  }
}

/** Resolves with the exit code; 128 + number for a signal. */
export function runInheriting(command, args) {
  return new Promise((resolve, reject) => {
    const path = [dirname(command), join(rootDir, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
    const child = spawn(command, args, {
      cwd: rootDir,
      stdio: 'inherit',
      env: { ...process.env, PATH: path, HOLDFAST_PARENT_PID: String(process.pid) },
    });
    // A Ctrl-C in a terminal reaches the command by itself, with the whole foreground group; the second one that it
    // then gets from here is the same request.
    const pass = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    const ancestors = ancestry();
    // Once: a second one asks to kill instead of to stop.
    const orphaned = setInterval(() => {
      if (ancestry() === ancestors) return;
      clearInterval(orphaned);
      child.kill('SIGTERM');
    }, PARENT_POLL_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearInterval(orphaned);
      for (const name of SIGNALS) process.off(name, pass);
      resolve(signal ? 128 + constants.signals[signal] : code);
    });
  });
}
