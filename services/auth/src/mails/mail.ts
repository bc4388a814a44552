// A mail on its way out: what became of it, and when it is tried next. Pure.
// Invariants: what a mail says (address and token) is sealed, and gone as soon as the mail is sent, expired or
// replaced; a mail is tried by whoever holds its claim, and by nobody else before the claim is over.
import type { Random, Sealed } from '@holdfast/shared/values';
import { claimMs, invitationMs, noticeMs, resetTokenMs, retryFirstMs, retryMaxMs, verificationMs } from '../limits.ts';

/** Mails with a token. */
export const tokenKinds = ['password_reset', 'invitation', 'email_verification'] as const;
export type TokenKind = (typeof tokenKinds)[number];
export const mailKinds = [...tokenKinds, 'password_changed', 'email_changed'] as const;
export type MailKind = (typeof mailKinds)[number];
/**
 * `expired`: too late, or the business is closed. `superseded`: a newer mail of its kind has made its token worthless.
 */
export const mailStatuses = ['waiting', 'sent', 'expired', 'superseded'] as const;
export type MailStatus = (typeof mailStatuses)[number];

export type Mail = {
  id: string;
  tenantId: string;
  userId: string;
  kind: MailKind;
  /** The mailbox that it goes to, under a key: mails are counted by it, whoever is behind it by now. */
  recipient: string;
  status: MailStatus;
  /** A `MailContent`; only while it waits. */
  sealed?: Sealed | undefined;
  attempts: number;
  createdAt: Date;
  /** When it is tried next, or whose claim it is until then; only while it waits. */
  dueAt?: Date | undefined;
  /** From then on it is not sent any more; only while it waits. */
  expiresAt?: Date | undefined;
  /** A closed one stays for a while, to be counted. */
  closedAt?: Date | undefined;
  version: number;
};
export type MailContent = { to: string; token?: string | undefined };

const lives: Record<MailKind, number> = {
  password_reset: resetTokenMs,
  invitation: invitationMs,
  email_verification: verificationMs,
  password_changed: noticeMs,
  email_changed: noticeMs,
};

/** When a mail of this kind, and its token, is worth nothing any more. */
export function expiryOf(kind: MailKind, now: Date): Date {
  return new Date(now.getTime() + lives[kind]);
}

/** A mail that is due at once. */
export function newMail(
  facts: Pick<Mail, 'id' | 'tenantId' | 'userId' | 'kind' | 'recipient' | 'sealed'>,
  now: Date,
): Mail {
  const times = { createdAt: now, dueAt: now, expiresAt: expiryOf(facts.kind, now) };
  return { ...facts, status: 'waiting', attempts: 0, ...times, version: 1 };
}

/** The attempt that begins now. */
export function claimMail(mail: Mail, now: Date): Mail {
  return { ...mail, attempts: mail.attempts + 1, dueAt: after(now, claimMs), version: mail.version + 1 };
}

/** The attempt failed: tried again after a wait that doubles, with jitter, so that a server that is back is not met. */
export function retryMail(mail: Mail, now: Date, random: Random): Mail {
  const ceiling = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(mail.attempts - 1, 16));
  return { ...mail, dueAt: after(now, ceiling * (0.5 + random.next() / 2)), version: mail.version + 1 };
}

/** The mail without what it said. */
export function closeMail(mail: Mail, status: Exclude<MailStatus, 'waiting'>, now: Date): Mail {
  const { sealed: _, dueAt: __, expiresAt: ___, ...rest } = mail;
  return { ...rest, status, closedAt: now, version: mail.version + 1 };
}

const after = (now: Date, ms: number) => new Date(now.getTime() + ms);
