// Writes a mail to the outbox, in the transaction of what it tells of; a job sends it.
// Invariants: a token exists in the mail alone, and there sealed; a mailbox gets a bounded number of mails of a kind
// from a business, however many users have it by turns; to strangers a business sends a bounded number altogether.
import { createHmac, randomBytes } from 'node:crypto';
import { emailLengthMax } from '@holdfast/shared/contracts';
import { Conflict, isDuplicateKey, type Session } from '@holdfast/shared/persistence';
import type { Metrics } from '@holdfast/shared/telemetry';
import { type Clock, type Log, mailboxOf, newId, seal } from '@holdfast/shared/values';
import { mailsPerWindowMax, mailTokenBytes, mailWindowMs, strangersPerWindowMax } from '../limits.ts';
import type { MailTokenStore } from '../mail-tokens/mail-token.store.ts';
import { newMailedToken, storedToken } from '../mail-tokens/mail-token.ts';
import type { User, UserSecrets } from '../users/user.ts';
import type { MailStore } from './mail.store.ts';
import { closeMail, type MailContent, type MailKind, newMail, type TokenKind, tokenKinds } from './mail.ts';

export type QueueDeps = {
  mails: MailStore;
  mailTokens: MailTokenStore;
  mailKey: Buffer;
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, 'count'>;
};
export type QueueMail = { user: User & UserSecrets; kind: MailKind /** Default the user's address. */; to?: string };

/**
 * Queues a mail for this user as the transaction leaves it; one with a token makes that token, and ends the former one
 * of its kind with the mail that it was in. Does nothing when the mailbox, or the business, has had its mails of this
 * kind for now.
 */
export async function queueMail({ user, kind, to = user.email }: QueueMail, deps: QueueDeps, session: Session) {
  const { id: userId, tenantId } = user;
  const now = deps.clock.now();
  const since = new Date(now.getTime() - mailWindowMs);
  const recipient = createHmac('sha256', deps.mailKey).update(mailboxOf(to, emailLengthMax)).digest('base64url');
  const ofMailbox = await deps.mails.countTo({ tenantId, kind, recipient }, since, mailsPerWindowMax, session);
  const ofBusiness = isToStranger(kind)
    ? await deps.mails.countOf({ tenantId, kind }, since, strangersPerWindowMax, session)
    : 0;
  if (ofMailbox === mailsPerWindowMax || ofBusiness === strangersPerWindowMax) {
    deps.metrics.count('mails_total', 'Mails to users by kind and outcome.', 1, { kind, outcome: 'limited' });
    deps.log.info({ tenantId, userId, kind, ofMailbox, ofBusiness }, 'no mail: there were several of this kind');
    return;
  }
  const token = isTokenKind(kind) ? await makeToken(user, kind, deps, session) : undefined;
  const id = newId('mail');
  const content: MailContent = { to, token };
  const sealed = seal(deps.mailKey, id, Buffer.from(JSON.stringify(content)));
  await deps.mails.add(newMail({ id, tenantId, userId, kind, recipient, sealed }, now), session);
}

async function makeToken(
  user: User & UserSecrets,
  kind: TokenKind,
  deps: QueueDeps,
  session: Session,
): Promise<string> {
  const place = { tenantId: user.tenantId, userId: user.id, kind };
  const now = deps.clock.now();
  const { text, hash } = newMailedToken(user.tenantId, randomBytes(mailTokenBytes));
  const former = await deps.mailTokens.readOf(place, session);
  try {
    await deps.mailTokens.save(former, storedToken({ user, kind, hash }, { former, now }), session);
  } catch (error) {
    throw isDuplicateKey(error) ? new Conflict('a token of this kind was made meanwhile') : error;
  }
  const waiting = await deps.mails.listWaiting(place, session);
  const changes = waiting.map((before) => ({ before, after: closeMail(before, 'superseded', now) }));
  await deps.mails.saveAll(changes, session);
  return text;
}

/** Anybody's address can be given in these. */
function isToStranger(kind: MailKind): boolean {
  return kind === 'invitation' || kind === 'email_verification';
}

function isTokenKind(kind: MailKind): kind is TokenKind {
  return (tokenKinds as readonly string[]).includes(kind);
}
