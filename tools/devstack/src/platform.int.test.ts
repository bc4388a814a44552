/**
 * The supervisor and the platform on stand-ins for services: the same code that runs the real ones.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProcessSpec } from './child.ts';
import type { Instance, SpecContext } from './instances.ts';
import { type Platform, type PlatformOptions, startPlatform } from './platform.ts';
import { isAlive } from './process-table.ts';
import { clearLeftovers, writeRunFile } from './run-file.ts';
import type { Component } from './stack.ts';
import type { Happening } from './supervisor.ts';

const script = join(import.meta.dirname, '../fixtures/fake-service.mjs');

function component(name: string, needs: string[], replicated = false): Component {
  return { name, kind: 'service', port: 9000, address: `${name.toUpperCase()}_URL`, needs, knows: [], replicated };
}

const stack = [component('store', []), component('worker', ['store'], true), component('gateway', ['store', 'worker'])];

interface Answer {
  pid: number;
  worker: number;
  env: Record<string, string>;
}

const ask = async (url: string) => (await (await fetch(`${url}/`)).json()) as Answer;

let folder: string;
let platforms: Platform[];
let happenings: Happening[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-platform-'));
  platforms = [];
  happenings = [];
});
afterEach(async () => {
  await Promise.all(platforms.map((platform) => platform.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const journal = () => readFileSync(join(folder, 'journal'), 'utf8').trim().split('\n');

/** Starts the stand-ins; `modes` maps an instance's name to how it misbehaves. */
async function start(modes: Record<string, string> = {}, options: Partial<PlatformOptions> = {}): Promise<Platform> {
  const specFor = async (instance: Instance, context: SpecContext): Promise<ProcessSpec> => ({
    name: instance.name,
    command: process.execPath,
    args: [script],
    env: {
      ...context.envFor(instance),
      NAME: instance.name,
      JOURNAL: join(folder, 'journal'),
      MODE: modes[instance.name] ?? '',
    },
    logFile: join(folder, 'logs', `${instance.name}.log`),
    ready: async (signal) => {
      await vi.waitUntil(
        async () =>
          signal.aborted ||
          (await fetch(`${instance.url}/health/ready`).then(
            (answer) => answer.ok,
            () => false,
          )),
        { timeout: 20_000, interval: 20 },
      );
    },
    readyTimeoutMs: modes[instance.name] === 'never' ? 300 : 20_000,
    stopGraceMs: 400,
  });
  const platform = await startPlatform({
    ports: 'free',
    dataDir: folder,
    stack,
    specFor,
    onHappening: (happening) => happenings.push(happening),
    ...options,
  });
  platforms.push(platform);
  return platform;
}

/** Process ids of everything, workers of the processes included. */
async function allPids(platform: Platform): Promise<number[]> {
  const answers = await Promise.all([...platform.processes.values()].map(({ url }) => ask(url)));
  return answers.flatMap(({ pid, worker }) => [pid, worker]);
}

const untilGone = (pids: number[]) => vi.waitUntil(() => !pids.some(isAlive), { timeout: 10_000, interval: 20 });

describe('a platform', () => {
  test('starts what is needed first, stops in the opposite order and leaves no process', async () => {
    const platform = await start({}, { replicas: 2 });
    const pids = await allPids(platform);
    expect([...platform.processes.keys()]).toEqual(['store', 'worker', 'worker-2', 'gateway']);
    expect(pids).toHaveLength(8);

    await platform.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    const lines = journal();
    expect(lines[0]).toBe('start store');
    expect(lines[3]).toBe('start gateway');
    expect(lines[4]).toBe('stop gateway');
    expect(lines[7]).toBe('stop store');
  });

  test('gives every process the addresses of what it needs, all replicas of it, and the same secrets', async () => {
    const platform = await start({}, { replicas: 2, env: { RATE_LIMITS: 'off' } });
    const { env } = await ask(platform.gatewayUrl);
    const url = (name: string) => platform.processes.get(name)?.url;
    expect(env).toMatchObject({
      STORE_URL: url('store'),
      WORKER_URL: `${url('worker')},${url('worker-2')}`,
      PUBLIC_URL: platform.gatewayUrl,
      RATE_LIMITS: 'off',
      NODE_ENV: 'development',
      ...platform.secrets,
    });
    expect(platform.secrets.HOLDFAST_SECRET.length).toBeGreaterThan(40);
    expect((await ask(url('store')!)).env.GATEWAY_URL).toBeUndefined();
  });

  test('starts a killed process again, on the same port, and shows its log', async () => {
    const platform = await start();
    const worker = platform.processes.get('worker')!;
    const before = await ask(worker.url);
    worker.kill('SIGKILL');
    await worker.untilReady();
    const after = await ask(worker.url);
    expect(after.pid).not.toBe(before.pid);
    expect(worker.restarts).toBe(1);
    // What the killed one had started must not live on beside the new one.
    expect([before.pid, before.worker].filter(isAlive)).toEqual([]);
    expect(happenings).toContainEqual(
      expect.objectContaining({ kind: 'crashed', name: 'worker', how: 'signal SIGKILL' }),
    );
    const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    expect(run.processes.worker).toMatchObject({ pid: after.pid, port: worker.port, url: worker.url });
  });

  test('kills what does not listen to SIGTERM, and what is paused', async () => {
    const platform = await start({ worker: 'deaf' });
    const pids = await allPids(platform);
    platform.processes.get('gateway')?.kill('SIGSTOP');
    await platform.stop();
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('fails with the log when a first start fails, and stops the rest', async () => {
    await expect(start({ worker: 'crash' })).rejects.toThrow(
      /worker ended while starting \(exit code 3\)\nworker: cannot work like this/,
    );
    expect(journal()).toEqual(['start store', 'stop store']);
  });

  test('fails when a process is never ready', async () => {
    await expect(start({ worker: 'never' })).rejects.toThrow('worker was not ready within 0.3 s');
    expect(journal().at(-1)).toBe('stop store');
  });

  test('can be stopped while it starts', async () => {
    const abort = new AbortController();
    const starting = start({}, { signal: abort.signal, onHappening: ({ kind }) => kind === 'ready' && abort.abort() });
    await expect(starting).rejects.toThrow();
    expect(journal()).toEqual(['start store', 'stop store']);
  });

  test('keeps its secrets between starts, readable by the owner only', async () => {
    const first = await start();
    await first.stop();
    const second = await start();
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
       const child = await spawnChild({ name: 'fake', command: process.execPath, args: [${JSON.stringify(script)}],
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
      return spawn(process.execPath, [script], { env, detached: true, stdio: 'ignore' }).pid!;
    });
    const entry = (pid: number, marker: string) => ({ pid, port: 1, url: '', marker });
    const processes = {
      known: entry(pids[0]!, 'fake-service.mjs'),
      // Its number is used by another program by now: it must be left alone.
      reused: entry(pids[1]!, 'services/orders/src/main.ts'),
    };
    writeRunFile(join(folder, 'run.json'), { supervisorPid: 2 ** 30, gatewayUrl: '', processes });
    expect(await clearLeftovers(join(folder, 'run.json'))).toEqual(['known']);
    expect(pids.map(isAlive)).toEqual([false, true]);
    process.kill(-pids[1]!, 'SIGKILL');
    await untilGone(pids);
  });
});
