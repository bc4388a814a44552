// Sends what is due in the outbox.
// Invariants: a mail is sent by who has claimed it, so that two replicas do not send it twice; one that a process could
// not note as sent, because it died, is sent again. No address and no token is logged, nor what a mail server answers,
// which may repeat them.
import { asTenant } from '@holdfast/shared/persistence';
import type { Metrics } from '@holdfast/shared/telemetry';
import { type Clock, type Log, type Random, systemRandom, unseal } from '@holdfast/shared/values';
import { expiredBatchMax, sendBatchesMax, sendBatchMax, sendMs } from '../limits.ts';
import type { TenantStore } from '../tenants/tenant.store.ts';
import type { Delivery } from './delivery.ts';
import type { MailStore } from './mail.store.ts';
import { claimMail, closeMail, type Mail, type MailContent, retryMail } from './mail.ts';
import { messageOf, oneLine } from './message.ts';

export type SendDeps = {
  mails: MailStore;
  tenants: Pick<TenantStore, 'read'>;
  mailKey: Buffer;
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, 'count'>;

  delivery: Delivery | undefined;
  publicUrl: string;
  random?: Random;
};
export type MailSending = ReturnType<typeof openMailSending>;

/** The sending of mails, and for operators what became of the last. */
export function openMailSending(deps: SendDeps) {
  const { delivery, clock, mails } = deps;
  let isFailing = false;

  async function sendBatch(): Promise<{ isFull: boolean }> {
    const due = await mails.listDue(clock.now(), sendBatchMax);
    const outcomes = await Promise.all(due.map((mail) => asTenant(mail.tenantId, () => sendOne(mail, deps))));
    const tried = outcomes.filter((outcome) => outcome !== 'skipped');
    if (tried.length > 0) isFailing = !tried.includes('sent');
    return { isFull: due.length === sendBatchMax };
  }

  return {
    /** One bounded run. What it is sending when the signal aborts it sends to its end. */
    async run(signal: AbortSignal): Promise<void> {
      await closeExpired(deps);
      for (let batch = 0; delivery && batch < sendBatchesMax && !signal.aborted; batch += 1) {
        const { isFull } = await sendBatch();
        // A server that takes nothing now is not asked for each of a thousand mails.
        if (!isFull || isFailing) break;
      }
    },
    check: () => ({
      ok: delivery !== undefined && !isFailing,
      delivery: delivery?.kind ?? 'not configured',
      isFailing,
    }),
  };
}

async function sendOne(mail: Mail, deps: SendDeps): Promise<'sent' | 'failed' | 'skipped'> {
  const { mails, tenants, clock, log, random = systemRandom } = deps;
  const { id: mailId, tenantId, userId, kind } = mail;
  const claimed = claimMail(mail, clock.now());
  if (!(await mails.save(mail, claimed))) return 'skipped';
  const tenant = await tenants.read(tenantId);
  if (tenant?.status !== 'open') {
    await mails.save(claimed, closeMail(claimed, 'expired', clock.now()));
    return 'skipped';
  }
  const fields = { mailId, tenantId, userId, kind, attempts: claimed.attempts };
  try {
    await hand(claimed, tenant.name, deps);
  } catch (error) {
    log.warn({ ...fields, ...reasonOf(error) }, 'mail could not be sent');
    await mails.save(claimed, retryMail(claimed, clock.now(), random));
    count('failed', mail, deps);
    return 'failed';
  }
  await mails.save(claimed, closeMail(claimed, 'sent', clock.now()));
  count('sent', mail, deps);
  log.info(fields, 'mail sent');
  return 'sent';
}

async function hand(mail: Mail, tenantName: string, { delivery, mailKey, publicUrl }: SendDeps) {
  const { id, kind, sealed } = mail;
  const { to, token } = JSON.parse(unseal(mailKey, id, sealed!).toString()) as MailContent;
  const message = messageOf({ kind, tenantName, publicUrl, token });
  await delivery!.send({ ...message, id, to, fromName: oneLine(tenantName) }, AbortSignal.timeout(sendMs));
}

async function closeExpired(deps: SendDeps): Promise<void> {
  const { mails, clock, log } = deps;
  for (const mail of await mails.listExpired(clock.now(), expiredBatchMax)) {
    const { id: mailId, tenantId, userId, kind, attempts } = mail;
    const isClosed = await asTenant(tenantId, () => mails.save(mail, closeMail(mail, 'expired', clock.now())));
    if (!isClosed) continue;
    count('expired', mail, deps);
    log.warn({ mailId, tenantId, userId, kind, attempts }, 'mail expired unsent');
  }
}

function count(outcome: string, { kind }: Mail, { metrics }: SendDeps): void {
  metrics.count('mails_total', 'Mails to users by kind and outcome.', 1, { kind, outcome });
}

/** What of an error may be logged: codes of the system and of SMTP. */
function reasonOf(error: unknown): Record<string, unknown> {
  const { name, code, responseCode, command } = error as Record<string, unknown>;
  return { reason: { name, code, responseCode, command } };
}
