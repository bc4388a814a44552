// What `npm start` runs when npm goes away: it is asked to stop once. A second time would mean to kill.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { rootDir } from './paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-orphaned-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Longer than the polls between which the signal was repeated, and than what counts as a second Ctrl-C. */
const lifeMs = 3_000;

it('gets one SIGTERM when its parent is gone, however long it takes to stop', async () => {
  const [signals, ended, ready] = ['signals', 'ended', 'ready'].map((name) => join(folder, name));
  const command = `
    const { appendFileSync, writeFileSync } = require('node:fs');
    process.on('SIGTERM', () => {
      appendFileSync(${JSON.stringify(signals)}, 'SIGTERM ');
      setTimeout(() => { writeFileSync(${JSON.stringify(ended)}, ''); process.exit(0); }, ${lifeMs});
    });
    setInterval(() => undefined, 1000);
    writeFileSync(${JSON.stringify(ready)}, '');`;
  const child = pathToFileURL(join(rootDir, 'tools/bootstrap/child.mjs')).href;
  const wrapper = `
    import { runInheriting } from ${JSON.stringify(child)};
    process.exit(await runInheriting(process.execPath, ['-e', ${JSON.stringify(command)}]));`;
  const parent = `
    const { spawn } = require('node:child_process');
    spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(wrapper)}], { stdio: 'ignore' });
    setInterval(() => undefined, 1000);`;
  const npm = spawn(process.execPath, ['-e', parent], { stdio: 'ignore' });
  await expect.poll(() => existsSync(ready!), { timeout: 10_000 }).toBe(true);
  npm.kill('SIGKILL');
  await expect.poll(() => existsSync(ended!), { timeout: 10_000 }).toBe(true);
  expect(readFileSync(signals!, 'utf8')).toBe('SIGTERM ');
});
