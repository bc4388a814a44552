import { describe, expect, it } from 'vitest';
import { claimMs, retryFirstMs, retryMaxMs } from '../limits.ts';
import { claimMail, closeMail, type Mail, newMail, retryMail } from './mail.ts';

const now = new Date(1_000_000);
const facts = { id: 'mail_1', tenantId: 'ten_1', userId: 'usr_1', kind: 'password_reset' as const, recipient: 'r' };
const mail = newMail({ ...facts, sealed: { iv: 'i', text: 't', tag: 'g' } }, now);
const waitOf = (tried: Mail) => tried.dueAt!.getTime() - now.getTime();

describe('a mail', () => {
  it('is due at once, until its token expires', () => {
    expect(mail).toMatchObject({ status: 'waiting', attempts: 0, dueAt: now, version: 1 });
    expect(mail.expiresAt!.getTime() - now.getTime()).toBe(30 * 60_000);
  });

  it('that is tried is nobody else’s for the time of the claim', () => {
    const claimed = claimMail(mail, now);
    expect([claimed.attempts, waitOf(claimed), claimed.version]).toEqual([1, claimMs, 2]);
  });

  it('that failed waits twice as long each time, up to a bound, by chance up to half less', () => {
    const waits = (chance: number) =>
      [1, 2, 3, 60].map((attempts) => waitOf(retryMail({ ...mail, attempts }, now, { next: () => chance })));
    expect(waits(1)).toEqual([retryFirstMs, retryFirstMs * 2, retryFirstMs * 4, retryMaxMs]);
    expect(waits(0)).toEqual([retryFirstMs, retryFirstMs * 2, retryFirstMs * 4, retryMaxMs].map((ms) => ms / 2));
  });

  it.each(['sent', 'expired', 'superseded'] as const)(
    'that is %s is not due, and has forgotten what it said',
    (status) => {
      const closed = closeMail(claimMail(mail, now), status, now);
      expect(closed).toEqual({ ...facts, status, attempts: 1, createdAt: now, closedAt: now, version: 3 });
    },
  );
});
