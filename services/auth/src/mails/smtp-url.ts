// What SMTP_URL says: where the mail server is, and how the connection is protected. Pure.
// Invariant: without `?tls=optional` no mail and no password goes over a connection in the clear.

export type SmtpServer = {
  host: string;
  port: number;
  /** TLS from the first byte. */
  secure: boolean;
  /** Otherwise STARTTLS, without which nothing is sent. */
  requireTLS: boolean;
  auth?: { user: string; pass: string };
};

/** Where it is; undefined when the text is no such URL. */
export function readSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') return undefined;
  const tls = url.searchParams.get('tls');
  const isKnown = [...url.searchParams.keys()].every((key) => key === 'tls') && (tls === null || tls === 'optional');
  if (!isKnown || !/^\/?$/.test(url.pathname) || url.hash !== '') return undefined;
  const secure = url.protocol === 'smtps:';
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const server = { host, port, secure, requireTLS: !secure && tls !== 'optional' };
  const auth = readCredentials(url);
  return auth === undefined ? server : { ...server, auth };
}

/** Undefined when there are none. */
function readCredentials({ username, password }: URL): SmtpServer['auth'] {
  if (username === '' && password === '') return undefined;
  return { user: decode(username), pass: decode(password) };
}

/** As it is where it is not encoded: a `%` in a password is a slip that works. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
