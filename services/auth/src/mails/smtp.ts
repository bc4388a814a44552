// Mails over SMTP (RFC 5321).
// Invariant: a mail has the one recipient and the headers that it is given here, whatever names contain.
import type { ConnectionOptions } from 'node:tls';
import { createTransport } from 'nodemailer';
import { smtpAnswerMs, smtpConnectionsMax, smtpConnectMs } from '../limits.ts';
import type { Delivery } from './delivery.ts';
import { readSmtpUrl } from './smtp-url.ts';

/** `tls` says how the server's certificate is checked. */
export type SmtpOptions = { url: string; from: string; tls?: ConnectionOptions };

/** A pool of a few connections, opened when there is something to send. */
export function openSmtp({ url, from, tls }: SmtpOptions): Delivery {
  const server = readSmtpUrl(url);
  if (!server) throw new Error('SMTP_URL is not usable');
  const transport = createTransport({
    ...server,
    // Where even no TLS would do, a certificate that nobody vouches for does too.
    tls: tls ?? { rejectUnauthorized: server.secure || server.requireTLS },
    pool: true,
    maxConnections: smtpConnectionsMax,
    // Whether a mail is tried again, the outbox decides.
    maxRequeues: 0,
    connectionTimeout: smtpConnectMs,
    dnsTimeout: smtpConnectMs,
    greetingTimeout: smtpConnectMs,
    socketTimeout: smtpAnswerMs,
    // Nothing in a mail may name a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Each mail that fails says so itself.
  transport.on('error', () => {});
  return {
    kind: 'smtp',
    async send({ id, to, fromName, subject, text, html }, signal) {
      await transport.sendMail({
        from: { name: fromName, address: from },
        to: { name: '', address: to },
        envelope: { from, to: [to] },
        subject,
        text,
        html,
        messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
        // Holiday answers stay away (RFC 3834).
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      });
    },
    // What is being sent is sent to its end: whether it was taken must be noted.
    close: () => transport.close(),
  };
}
