import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommand, usage } from './commands.ts';
import { readConfig } from './config.ts';

describe('the commands of an operator', () => {
  it.each([
    ['rotate-signing-key', '/internal/signing-keys', { compromised: false }],
    ['rotate-signing-key --compromised', '/internal/signing-keys', { compromised: true }],
    ['reopen-tenant fjord', '/internal/tenants/reopen', { slug: 'fjord' }],
    ['set-rate-plan fjord plus', '/internal/tenants/rate-plan', { slug: 'fjord', ratePlan: 'plus' }],
  ])('%s', (line, path, body) => {
    expect(readCommand(line.split(' '))).toEqual({ path, body });
  });

  it.each([
    '',
    'close-tenant fjord',
    'reopen-tenant',
    'reopen-tenant a b',
    'set-rate-plan fjord',
    'set-rate-plan fjord plus x',
    'rotate-signing-key now',
    'reopen-tenant fjord --compromised',
    'reconcile fjord',
    'reconcile --compromised',
  ])('"%s" is none', (line) => {
    expect(() => readCommand(line.split(' ').filter(Boolean))).toThrow(usage);
  });

  it('reconcile', () => {
    expect(readCommand(['reconcile'])).toBe('reconcile');
  });

  it('refuse unknown options', () => {
    expect(() => readCommand(['rotate-signing-key', '--force'])).toThrow("Unknown option '--force'");
  });
});

describe('they go', () => {
  it('to the platform of this folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-operator-'));
    const env = { HOLDFAST_DATA_DIR: folder };
    expect(() => readConfig(env)).toThrow('no platform runs from this folder');
    writeFileSync(join(folder, 'run.json'), JSON.stringify({ processes: { auth: { url: 'http://127.0.0.1:1' } } }));
    writeFileSync(join(folder, 'secrets.json'), JSON.stringify({ INTERNAL_TOKEN: 'secret' }));
    expect(readConfig(env)).toEqual({ url: 'http://127.0.0.1:1', internalToken: 'secret' });
    rmSync(folder, { recursive: true });
  });

  it('to where both variables say', () => {
    const env = { AUTH_URL: 'http://auth:8081/,http://auth2:8081', INTERNAL_TOKEN: 't' };
    expect(readConfig(env)).toEqual({ url: 'http://auth:8081', internalToken: 't' });
    expect(() => readConfig({ AUTH_URL: 'http://auth:8081' })).toThrow('set together');
  });
});
