// A service of the platform as a further process, beside those that the devstack runs.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export type Service = { pid: number; stop(): Promise<void> };

/** Starts a tree's service with exactly these settings; it may not be ready yet. */
export async function startService(root: string, name: string, settings: Record<string, string>): Promise<Service> {
  const child = spawn(process.execPath, [join(root, 'services', name, 'src/main.ts')], {
    cwd: root,
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  // A parent that dies without stopping it must not leave it behind.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      process.off('exit', kill);
    },
  };
}
