// Versions that a binary tells, and those that are old enough.
import { describe, expect, test } from 'vitest';
import { atLeast, onPath, probe } from './probe.ts';

describe('atLeast', () => {
  test.each([
    ['6.0.5', '6.0.0', true],
    ['6.2.14', '6.2.2', true],
    ['10.0.0', '6.2.0', true],
    ['6.0.0', '6.0.0', true],
    ['5.0.31', '6.0.0', false],
    ['6.1.9', '6.2.0', false],
  ])('%s against %s: %s', (version, least, expected) => {
    expect(atLeast(version, least)).toBe(expected);
  });
});

describe('probe', () => {
  test('takes a program that runs and is new enough, with its version', async () => {
    const binary = await probe(process.execPath, '24.0.0');
    expect(binary).toEqual({ path: process.execPath, version: process.versions.node });
  });

  test('passes over one that is too old, or does not run, and says so', async () => {
    const lines: string[] = [];
    expect(await probe(process.execPath, '999.0.0', (line) => lines.push(line))).toBeUndefined();
    expect(await probe('/nowhere/mongod', '1.0.0', (line) => lines.push(line))).toBeUndefined();
    expect(lines).toEqual([expect.stringContaining('needed is 999.0.0'), expect.stringContaining('does not run here')]);
  });
});

test('onPath looks through the folders in order', () => {
  expect(onPath('sh', '/nowhere::/bin')).toBe('/bin/sh');
  expect(onPath('sh', '/nowhere')).toBeUndefined();
});
