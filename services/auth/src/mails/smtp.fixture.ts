// A mail server of a test: takes mails on 127.0.0.1, or refuses them when the test says so.
import type { AddressInfo } from 'node:net';
import { until } from '@holdfast/shared/testing';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { cert, key } from './certificate.fixture.ts';

export type ReceivedMail = {
  from: string;
  to: string[];
  /** As it came over the wire. */
  raw: string;
  headers: string[];
  /** All parts, decoded. */
  body: string;
  secure: boolean;
};
export type MailServer = Awaited<ReturnType<typeof startMailServer>>;

/** Starts a server; without further options it offers STARTTLS, and takes what it is sent. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0) {
  const received: ReceivedMail[] = [];
  /** Refusals that are left to be given. */
  let refusals = 0;
  let attempts = 0;
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo({ address }, _session, done) {
      attempts += 1;
      refusals -= 1;
      // Real servers repeat the address.
      done(refusals < 0 ? null : Object.assign(new Error(`<${address}> not now`), { responseCode: 451 }));
    },
    onData(stream, { envelope, secure }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        const to = envelope.rcptTo.map(({ address }) => address);
        received.push({ from, to, raw, headers: headersOf(raw), body: decode(raw), secure });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    get attempts() {
      return attempts;
    },
    /** Refuses the next recipients. */
    refuse(times: number) {
      refusals = times;
    },
    /** The n-th mail to this address, once it is there. */
    mailTo: (address: string, n = 1): Promise<ReceivedMail> =>
      until(() => received.filter(({ to }) => to.includes(address))[n - 1], {
        what: `mail ${n} to ${address} is there`,
      }),
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

/** The token of a mail: from its link, and the same in its text. */
export function tokenIn({ body }: Pick<ReceivedMail, 'body'>): string {
  const linked = /#token=([A-Za-z0-9._-]+)/.exec(body)?.[1];
  const written = /Token: ([A-Za-z0-9._-]+)/.exec(body)?.[1];
  if (linked === undefined || linked !== written) throw new Error(`no token, or two:\n${body}`);
  return linked;
}

/** Lines of the header, unfolded. */
function headersOf(raw: string): string[] {
  return raw
    .split('\r\n\r\n')[0]!
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
}

function decode(raw: string): string {
  const bytes = raw
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
