// Which platform the seed and the demo talk to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is that of this folder, wherever it had to move, and never anybody else’s', () => {
  const env = { HOLDFAST_DATA_DIR: folder };
  expect(() => readConfig(env)).toThrow('no platform runs from this folder');
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ gatewayUrl: 'http://127.0.0.1:8096' }));
  expect(readConfig(env)).toEqual({ gatewayUrl: 'http://127.0.0.1:8096', demoFile: join(folder, 'demo.json') });
  expect(readConfig({ ...env, GATEWAY_URL: 'https://shop.example/' }).gatewayUrl).toBe('https://shop.example');
  expect(() => readConfig({ ...env, GATEWAY_URL: 'ftp://shop.example' })).toThrow('http(s)');
});
