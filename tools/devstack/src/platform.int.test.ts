// The supervisor and the platform on stand-ins for services: the same code that runs the real ones.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from './platform.ts';
import { isAlive } from './process-table.ts';
import { claimFolder, writeRunFile } from './run-file.ts';
import { ask, type StandIns, standInScript, standIns } from './stand-ins.fixture.ts';

let stage: StandIns;
let folder: string;
beforeEach(() => {
  stage = standIns(mkdtempSync(join(tmpdir(), 'holdfast-platform-')));
  folder = stage.folder;
});
afterEach(() => stage.close());

/** Process ids of everything, workers of the processes included. */
async function allPids(platform: Platform): Promise<number[]> {
  const answers = await Promise.all([...platform.processes.values()].map(({ url }) => ask(url)));
  return answers.flatMap(({ pid, worker }) => [pid, worker]);
}

const untilGone = (pids: number[]) => expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([]);

describe('a platform', () => {
  test('starts what is needed first, stops in the opposite order and leaves no process', async () => {
    const platform = await stage.start({}, { replicas: 2 });
    const pids = await allPids(platform);
    expect([...platform.processes.keys()]).toEqual(['store', 'worker', 'worker-2', 'gateway']);
    expect(pids).toHaveLength(8);

    await platform.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    const lines = stage.journal();
    expect(lines[0]).toBe('start store');
    expect(lines[3]).toBe('start gateway');
    expect(lines[4]).toBe('stop gateway');
    expect(lines[7]).toBe('stop store');
  });

  test('gives every process the addresses of what it needs, all replicas of it, and the same secrets', async () => {
    const platform = await stage.start({}, { replicas: 2, env: { RATE_LIMITS: 'off' } });
    const { env } = await ask(platform.gatewayUrl);
    const url = (name: string) => platform.processes.get(name)?.url;
    expect(env).toMatchObject({
      STORE_URL: url('store'),
      WORKER_URL: `${url('worker')},${url('worker-2')}`,
      RATE_LIMITS: 'off',
      NODE_ENV: 'development',
      ...platform.secrets,
    });
    expect(platform.secrets.HOLDFAST_SECRET.length).toBeGreaterThan(40);
    expect((await ask(url('store')!)).env.PUBLIC_URL).toBeUndefined();
    expect((await ask(url('worker')!)).env.PUBLIC_URL).toBe(platform.gatewayUrl);
  });

  test('starts a killed process again, on the same port, and shows its log', async () => {
    const platform = await stage.start();
    const worker = platform.processes.get('worker')!;
    const before = await ask(worker.url);
    worker.kill('SIGKILL');
    await worker.untilReady();
    const after = await ask(worker.url);
    expect(after.pid).not.toBe(before.pid);
    expect(worker.restarts).toBe(1);
    // What the killed one had started must not live on beside the new one.
    expect([before.pid, before.worker].filter(isAlive)).toEqual([]);
    expect(stage.happenings).toContainEqual(
      expect.objectContaining({ kind: 'crashed', name: 'worker', how: 'signal SIGKILL' }),
    );
    const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    expect(run.processes.worker).toMatchObject({ pid: after.pid, port: worker.port, url: worker.url });
  });

  test('kills what does not listen to SIGTERM, and what is paused', async () => {
    const platform = await stage.start({ worker: 'deaf' });
    const pids = await allPids(platform);
    platform.processes.get('gateway')?.kill('SIGSTOP');
    await platform.stop();
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('fails with the log when a first start fails, and stops the rest', async () => {
    await expect(stage.start({ worker: 'crash' })).rejects.toThrow(
      /worker ended while starting \(exit code 3\)\nworker: cannot work like this/,
    );
    expect(stage.journal()).toEqual(['start store', 'stop store']);
  });

  test('fails when a process is never ready', async () => {
    await expect(stage.start({ worker: 'never' })).rejects.toThrow('worker was not ready within 0.3 s');
    expect(stage.journal().at(-1)).toBe('stop store');
  });

  test('can be stopped while it starts', async () => {
    const abort = new AbortController();
    const starting = stage.start(
      {},
      { signal: abort.signal, onHappening: ({ kind }) => kind === 'ready' && abort.abort() },
    );
    await expect(starting).rejects.toThrow();
    expect(stage.journal()).toEqual(['start store', 'stop store']);
  });

  test('keeps its secrets between starts, readable by the owner only', async () => {
    const first = await stage.start();
    await first.stop();
    const second = await stage.start();
    expect(second.secrets).toEqual(first.secrets);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  });
});

describe('a platform that was killed', () => {
  /** Starts the stand-ins in a process of their own and resolves with that process and all that it started. */
  async function startElsewhere(): Promise<{ supervisor: number; pids: number[] }> {
    const program = join(folder, 'elsewhere.mts');
    const imports = ['child', 'watchdog'].map((name) => JSON.stringify(join(import.meta.dirname, `${name}.ts`)));
    writeFileSync(
      program,
      `import { spawnChild } from ${imports[0]};
       const child = await spawnChild({ name: 'fake', command: process.execPath, args: [${JSON.stringify(standInScript)}],
         env: { PORT: '0', JOURNAL: ${JSON.stringify(join(folder, 'journal'))} }, logFile: ${JSON.stringify(join(folder, 'fake.log'))},
         ready: async () => {} });
       console.log(child.pid);
       setInterval(() => {}, 1000);`,
    );
    const elsewhere = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => {
      elsewhere.stdout.on('data', (data) => resolve(Number(String(data).trim())));
    });
    return { supervisor: elsewhere.pid!, pids: [pid] };
  }

  test('leaves no process behind: the watchdog ends them', async () => {
    const { supervisor, pids } = await startElsewhere();
    expect(pids.every(isAlive)).toBe(true);
    process.kill(supervisor, 'SIGKILL');
    await untilGone(pids);
  });

  test('is cleaned up by the next start when even the watchdog was killed', async () => {
    const pids = [1, 2].map((number) => {
      const env = { PORT: '0', NAME: `left-${number}`, JOURNAL: join(folder, 'journal') };
      return spawn(process.execPath, [standInScript], { env, detached: true, stdio: 'ignore' }).pid!;
    });
    const entry = (pid: number, marker: string) => ({ pid, port: 1, url: '', marker });
    const processes = {
      known: entry(pids[0]!, 'fake-service.mjs'),
      // Its number is used by another program by now: it must be left alone.
      reused: entry(pids[1]!, 'services/orders/src/main.ts'),
    };
    // The supervisor's number is used again as well.
    const run = {
      supervisorPid: process.pid,
      supervisorStart: 'long ago',
      isStopping: false,
      gatewayUrl: '',
      processes,
    };
    writeFileSync(join(folder, 'run.json'), JSON.stringify(run));
    expect(await claimFolder(join(folder, 'run.json'), { log: () => undefined })).toEqual(['known']);
    expect(pids.map(isAlive)).toEqual([false, true]);
    process.kill(-pids[1]!, 'SIGKILL');
    await untilGone(pids);
  });
});

describe('a folder', () => {
  test('is used by one platform at a time', async () => {
    const platform = await stage.start();
    await expect(stage.start()).rejects.toThrow(`Holdfast runs already from this folder: ${platform.gatewayUrl}`);
    expect(stage.journal().filter((line) => line === 'start store')).toHaveLength(1);
  });

  test('is given to one of many that start at once, the leftovers of a dead one included', async () => {
    const file = join(folder, 'run.json');
    writeFileSync(file, '{"supervisorPid":1,"supervisorSta');
    const claims = await Promise.allSettled(
      Array.from({ length: 8 }, () => claimFolder(file, { log: () => undefined })),
    );
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('whose former platform is still stopping is waited for', async () => {
    const former = await stage.start({ worker: 'deaf' });
    const lines: string[] = [];
    const stopped = former.stop();
    const next = await stage.start({}, { log: (line) => lines.push(line) });
    await stopped;
    expect(lines).toEqual([`waiting for the former Holdfast (process ${process.pid}) to stop`]);
    expect((await ask(next.gatewayUrl)).pid).toBe(next.processes.get('gateway')!.pid);
    expect(stage.journal().lastIndexOf('stop store')).toBeLessThan(stage.journal().lastIndexOf('start store'));
  });

  test('whose former platform never stops is given up', async () => {
    const file = join(folder, 'run.json');
    await claimFolder(file, { log: () => undefined });
    writeRunFile(file, { isStopping: true, gatewayUrl: 'http://former', processes: {} });
    await expect(claimFolder(file, { log: () => undefined, waitMs: 150 })).rejects.toThrow('http://former');
  });

  test('that takes no logs does not keep a platform from starting', async () => {
    writeFileSync(join(folder, 'logs'), 'in place of the folder');
    await expect(stage.start({ store: 'crash' })).rejects.toThrow(/\(exit code 3\)\n\(no log: E/);
    const platform = await stage.start();
    expect((await ask(platform.gatewayUrl)).pid).toBe(platform.processes.get('gateway')!.pid);
  });

  test('that cannot be written any more does not end what runs', async () => {
    const platform = await stage.start();
    // A folder in its place fails every write, as a full disk would.
    mkdirSync(join(folder, 'run.json.new'));
    const worker = platform.processes.get('worker')!;
    worker.kill('SIGKILL');
    await worker.untilReady();
    expect((await ask(worker.url)).pid).toBe(worker.pid);
    expect(worker.restarts).toBe(1);
  });
});
