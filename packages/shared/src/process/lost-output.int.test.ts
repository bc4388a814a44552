// What becomes of a process whose log cannot be written: it works on, answers as ever, counts, and tells later.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const fixture = join(import.meta.dirname, 'process.fixture.ts');
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** Starts the fixture with this standard output; it tells its address by the channel beside. */
async function start(stdout: 'pipe' | 'ignore' | number, command = [process.execPath]) {
  const [program, ...args] = command;
  const child = spawn(program!, [...args, fixture, 'normal'], { stdio: ['ignore', stdout, 'inherit', 'ipc'] });
  running.push(child);
  // The reader goes away before the first line.
  child.stdout?.destroy();
  const exit = once(child, 'exit').then(([code]) => code as number);
  const told = once(child, 'message').then(([message]) => (message as { address: string }).address);
  const address = await Promise.race([told, exit.then((code) => Promise.reject(new Error(`it ended with ${code}`)))]);
  const get = async (path: string) => {
    const answer = await fetch(`${address}${path}`);
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  const dropped = async () => Number(/log_lines_dropped_total\{.*\} (\d+)/.exec((await get('/metrics')).text)?.[1]);
  return { child, get, dropped, exit };
}

/** Every request that logs is answered, nothing ends, and the lines that were lost are counted. */
async function expectService({ child, get, dropped, exit }: Awaited<ReturnType<typeof start>>): Promise<void> {
  expect(await get('/log/3')).toMatchObject({ status: 200 });
  const failed = await get('/fails');
  expect(failed).toMatchObject({ status: 500, type: expect.stringContaining('application/problem+json') });
  expect(JSON.parse(failed.text)).toMatchObject({ code: 'internal' });
  expect(await dropped()).toBeGreaterThanOrEqual(4);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
}

describe('a process whose log cannot be written', { timeout: 30_000 }, () => {
  it.runIf(existsSync('/dev/full'))('serves and stops as ever when the disk is full', async () => {
    const full = openSync('/dev/full', 'w');
    const service = await start(full);
    closeSync(full);
    await expectService(service);
  });

  it('serves and stops as ever when nobody reads the pipe any more', async () => {
    await expectService(await start('pipe'));
  });

  it('exits 1 after a fault that nobody caught', async () => {
    const { get, exit } = await start('pipe');
    await get('/throws').catch(() => undefined);
    expect(await exit).toBe(1);
  });

  it('tells how many lines it lost once it can write again, and no line is cut in two', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'holdfast-log-')), 'log');
    // The largest file that this process may write is some 8 KB: beyond it, a write fails as on a full disk.
    const shell = ['/bin/sh', '-c', `ulimit -f 16; exec "$0" "$@" >> ${file}`, process.execPath];
    const { child, get, dropped, exit } = await start('ignore', shell);
    await get('/log/200');
    const lost = await dropped();
    expect(lost).toBeGreaterThan(50);
    truncateSync(file);
    await get('/log/1');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line)).slice(-2)).toMatchObject([
      { msg: 'logged' },
      { level: 'warn', msg: 'log lines were dropped', dropped: lost, code: 'EFBIG' },
    ]);
    expect(await dropped()).toBe(lost);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    rmSync(join(file, '..'), { recursive: true });
  });
});
