// The mails of the platform under test: what its mail log has for an address.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@holdfast/shared/testing';

export type LoggedMail = { to: string; from: string; subject: string; text: string; html: string };

/** The mail log of the platform under test. */
export function mailLog(): string {
  const { dataDir } = JSON.parse(process.env.HOLDFAST_TEST_PLATFORM ?? '{}') as { dataDir?: string };
  if (!dataDir) throw new Error('HOLDFAST_TEST_PLATFORM is not set: run this through `npm test -- e2e`');
  return join(dataDir, 'mail.log');
}

/** Mails to this address so far, the oldest first. */
export function mailsTo(address: string): LoggedMail[] {
  const lines = readFileSync(mailLog(), 'utf8').split('\n');
  // The last one may be half written.
  const mails = lines.slice(0, -1).map((line) => JSON.parse(line) as LoggedMail);
  return mails.filter(({ to }) => to === address);
}

/** The n-th mail of this subject to this address, once it is there. */
export function untilMail(address: string, subject: string, n = 1): Promise<LoggedMail> {
  const find = () => mailsTo(address).filter((mail) => mail.subject.startsWith(subject))[n - 1];
  return until(find, { what: `mail ${n} to ${address}, ${subject}, is there` });
}

/** The link of a mail, and the token in its fragment. */
export function linkIn({ text }: LoggedMail): { page: string; token: string } {
  const [, page, token] = /^(\S+)#token=(\S+)$/m.exec(text) ?? [];
  if (page === undefined || token === undefined) throw new Error(`no link:\n${text}`);
  return { page, token };
}
