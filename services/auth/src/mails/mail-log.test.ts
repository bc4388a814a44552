import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mailLogBytesMax } from '../limits.ts';
import { openMailLog } from './mail-log.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mail-log-'));
  file = join(folder, 'mail.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const mail = { id: 'mail_1', to: 'sam@x.example', fromName: 'Fjord', subject: 'S', text: 'a\nb', html: '<p>' };
const send = () => openMailLog(file).send(mail, new AbortController().signal);
const mode = () => statSync(file).mode & 0o777;

it('has a whole line for each mail, also when several are written at once', async () => {
  await Promise.all(Array.from({ length: 20 }, send));
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(20);
  const { fromName: from, ...rest } = mail;
  for (const line of lines) expect(JSON.parse(line)).toEqual({ at: expect.any(String), ...rest, from });
});

it('can be read by its owner only, also one that was there before', async () => {
  await send();
  expect(mode()).toBe(0o600);
  rmSync(file);
  writeFileSync(file, '', { mode: 0o644 });
  await send();
  expect(mode()).toBe(0o600);
});

it('starts anew beyond its bound and keeps the former file', async () => {
  writeFileSync(file, '');
  truncateSync(file, mailLogBytesMax + 1);
  await send();
  expect(statSync(`${file}.1`).size).toBe(mailLogBytesMax + 1);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(1);
});
