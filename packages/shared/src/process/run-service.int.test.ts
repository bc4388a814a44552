import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';

const fixture = join(import.meta.dirname, 'process.fixture.ts');
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

function start(mode = 'normal') {
  const child = spawn(process.execPath, [fixture, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const lines: { msg: string; address?: string; level: string }[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const said = (text: string) =>
    new Promise<(typeof lines)[number]>((resolve) => {
      const look = () => {
        const line = lines.find(({ msg }) => msg.includes(text));
        if (line) {
          waiting.delete(look);
          resolve(line);
        }
      };
      waiting.add(look);
      look();
    });
  const exit = once(child, 'close').then(([code]) => code as number);
  return { child, lines, said, exit };
}

describe('a service process', { timeout: 30_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers what it accepted, closes everything and exits 0 on %s',
    async (signal) => {
      const { child, said, exit, lines } = start();
      const { address } = await said('listens');
      const slow = fetch(`${address}/slow`).then(async (answer) => [
        answer.status,
        answer.headers.get('connection'),
        await answer.json(),
      ]);
      await said('request began');
      child.kill(signal);
      expect(await slow).toEqual([200, expect.any(String), { done: true }]);
      expect(await exit).toBe(0);
      const order = lines.map(({ msg }) => msg).filter((msg) => /stops|closed everything|stopped/.test(msg));
      expect(order).toEqual(['fixture stops', 'closed everything', 'fixture stopped']);
      await expect(fetch(`${address}/health/live`)).rejects.toThrow();
    },
  );

  it('answers by what its starter gave it that it is the one', async () => {
    const { said } = start();
    const { address } = await said('listens');
    const answer = await fetch(`${address}/health/ready`);
    expect(await answer.json()).toEqual({ status: 'ready', service: 'fixture', instance: 'the one that was started' });
  });

  it('stops while it still starts', async () => {
    const { child, said, exit } = start('never-starts');
    await said('starting');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('exits 1 when it cannot start, and says why', async () => {
    const { exit, lines } = start('fails');
    expect(await exit).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'fixture failed' });
  });

  it('exits 1 after a fault that nobody caught', async () => {
    const { said, exit, lines } = start();
    const { address } = await said('listens');
    await fetch(`${address}/throws`).catch(() => undefined);
    expect(await exit).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'uncaught exception' });
  });
});
