// The installation's secrets, made once and kept readable by their owner only. Losing the file signs everybody out and
// makes stored signing keys unreadable, so it is never regenerated while it exists.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Secrets {
  /** Key encryption, cursor signing and the password pepper are derived from it. */
  readonly HOLDFAST_SECRET: string;
  /** What services show each other on internal routes. */
  readonly INTERNAL_TOKEN: string;
}

const SECRET_BYTES = 32;
const secret = () => randomBytes(SECRET_BYTES).toString('base64url');

/** Reads the secrets, making them at the first start; throws when the file is damaged. */
export function loadSecrets(file: string): Secrets {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    const made: Secrets = { HOLDFAST_SECRET: secret(), INTERNAL_TOKEN: secret() };
    // Written beside and renamed: a full disk must not leave half of it, which the next start would refuse.
    writeFileSync(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>;
  const { HOLDFAST_SECRET, INTERNAL_TOKEN } = stored;
  if (!HOLDFAST_SECRET || !INTERNAL_TOKEN)
    throw new Error(`${file} is damaged: it lacks HOLDFAST_SECRET or INTERNAL_TOKEN`);
  return { HOLDFAST_SECRET, INTERNAL_TOKEN };
}
