// What the mails say, in plain text and in HTML, in the name of the business. Pure.
// Invariants: nothing that somebody typed is HTML or a line of a header; a token is in the fragment of a link, which no
// server and no log sees, and in the text for those who have no page to follow the link to.
import type { MailKind, TokenKind } from './mail.ts';

export type Message = { subject: string; text: string; html: string };
export type MessageFacts = {
  kind: MailKind;
  /** Name of the business, as it typed it. */
  tenantName: string;
  /** Address of the gateway as people reach it. */
  publicUrl: string;
  token?: string | undefined;
};

type Wording = { subject: string; lines: (tenantName: string) => string[] };

const wordings: Record<MailKind, Wording> = {
  password_reset: {
    subject: 'Set a new password',
    lines: (name) => [
      `Somebody asked for a new password for your account with ${name}.`,
      'If that was you, set one within 30 minutes. If not, you need not do anything: nothing has changed.',
    ],
  },
  invitation: {
    subject: 'You are invited',
    lines: (name) => [
      `${name} has made an account for you.`,
      'Choose a password within 7 days to use it. If you do not expect this, you need not do anything.',
    ],
  },
  email_verification: {
    subject: 'Confirm your address',
    lines: (name) => [
      `This address is given for an account with ${name}.`,
      'If that is yours, confirm it within 24 hours. If not, you need not do anything.',
    ],
  },
  password_changed: {
    subject: 'Your password was changed',
    lines: (name) => [
      `The password of your account with ${name} was changed, and its other sessions have ended.`,
      'If that was not you, ask for a new password at once.',
    ],
  },
  email_changed: {
    subject: 'Your address was changed',
    lines: (name) => [
      `Your account with ${name} has another e-mail address now. Mails no longer come to this one.`,
      `If that was not you, ask ${name} for help.`,
    ],
  },
};

const pages: Record<TokenKind, string> = {
  password_reset: 'reset-password',
  invitation: 'accept-invitation',
  email_verification: 'verify-email',
};

/** The mail of this kind. */
export function messageOf({ kind, tenantName, publicUrl, token }: MessageFacts): Message {
  const name = oneLine(tenantName);
  const { subject, lines } = wordings[kind];
  const paragraphs = lines(name);
  const link =
    token === undefined ? undefined : `${publicUrl.replace(/\/$/, '')}/${pages[kind as TokenKind]}#token=${token}`;
  const text = [...paragraphs, ...(link === undefined ? [] : [link, `Token: ${token}`]), name].join('\n\n');
  const body = [
    ...paragraphs.map(escapeHtml),
    ...(link === undefined
      ? []
      : [`<a href="${escapeHtml(link)}">${escapeHtml(link)}</a>`, `Token: <code>${escapeHtml(token!)}</code>`]),
    escapeHtml(name),
  ];
  const html = `<!doctype html><meta charset="utf-8">${body.map((line) => `<p>${line}</p>`).join('\n')}\n`;
  return { subject: `${subject} - ${name}`, text: `${text}\n`, html };
}

/** Names are stored on one line; what is not, by whatever way, is made so. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
