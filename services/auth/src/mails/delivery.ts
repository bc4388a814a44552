// The port through which mails leave, and which of its adapters an installation has: a mail server, in development a
// log, or none yet.
import type { Config } from '../config.ts';
import { openMailLog } from './mail-log.ts';
import type { Message } from './message.ts';
import { openSmtp } from './smtp.ts';

export type OutgoingMail = Message & {
  /** The same whenever the mail is sent: who gets it twice can tell. */
  id: string;
  to: string;
  /** The name of the business, on one line. */
  fromName: string;
};
export type Delivery = {
  kind: 'smtp' | 'log';
  /** Resolves when somebody else has taken the mail over. Rejects otherwise, also when the signal aborts. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
  close(): void;
};

/** Only where nobody is to answer; production names an address. */
const fromInDevelopment = 'holdfast@localhost.localdomain';

/** The adapter that is configured; undefined when mails can only wait. */
export function openDelivery({ SMTP_URL, MAIL_FROM, MAIL_LOG }: Config): Delivery | undefined {
  if (SMTP_URL !== undefined) return openSmtp({ url: SMTP_URL, from: MAIL_FROM ?? fromInDevelopment });
  return MAIL_LOG === undefined ? undefined : openMailLog(MAIL_LOG);
}
