// What a newcomer is told to try.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { orderExample, signInsOf, writeDemo } from './demo-file.ts';
import { electronics } from './electronics.ts';
import { fashion } from './fashion.ts';

it('lists everybody of both businesses with what they sign in with', () => {
  const signIns = signInsOf([fashion, electronics]);
  expect(signIns).toHaveLength(15);
  expect(signIns[0]).toEqual({
    tenant: 'fjord',
    email: 'ida@fjord.example',
    password: fashion.password,
    role: 'OWNER',
  });
});

it('makes an example of two commands that a shell can take as they are', () => {
  const lines = orderExample('http://127.0.0.1:8080', fashion, 'var_1').split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('/v1/auth/login');
  expect(lines[1]).toContain('"variantId":"var_1","quantity":1');
  for (const line of lines) expect(line.replaceAll(/'[^']*'/g, '')).not.toContain("'");
});

it('writes the file as a whole, in a folder that need not be there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  const file = join(folder, 'deep', 'demo.json');
  for (const curl of ['one', 'two']) {
    writeDemo(file, { signIns: [], curl });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ signIns: [], curl });
  }
  expect(readdirSync(join(folder, 'deep'))).toEqual(['demo.json']);
  rmSync(folder, { recursive: true });
});
