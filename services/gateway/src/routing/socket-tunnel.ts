// A WebSocket through the gateway: the same handshake with a realtime process, then bytes both ways.
// Invariant: a client is told 101 only after a realtime process was. One that is accepted and then closed without a
// word would wait for its own time limit (20 s in socket.io-client),
// which is how long a dead process would then be felt.
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '@holdfast/shared/errors';
import { socketCloseTimeoutMs, socketHandshakeTimeoutMs } from '../limits.ts';
import { createAcceptance } from './acceptance.ts';

/** What is asked of realtime. */
export type Handshake = { path: string; headers: IncomingHttpHeaders };
/** A realtime process that said yes. */
export type Opened = { socket: Socket; head: Buffer; accept: string };

/** The handshake with the first address that accepts it. Throws `validation_failed` or `unavailable`. */
export async function openUpstream(
  addresses: readonly string[],
  handshake: Handshake,
  client: Socket,
): Promise<Opened> {
  for (const address of addresses) {
    const opened = await shakeHands(new URL(address), handshake, client);
    if (opened === 'bad') throw new DomainError('validation_failed', { detail: 'This is no Socket.IO handshake.' });
    if (opened !== 'away') return opened;
    if (client.destroyed) break;
  }
  throw new DomainError('unavailable', { retryAfterSeconds: 1 });
}

/** `bad`: the client's fault, the same everywhere; `away`: this process takes no sockets now, or does not answer. */
function shakeHands({ hostname, port }: URL, { path, headers }: Handshake, client: Socket) {
  return new Promise<Opened | 'bad' | 'away'>((resolve) => {
    const asked = request({ hostname, port, path, headers, agent: false });
    const giveUp = () => asked.destroy();
    const timer = setTimeout(giveUp, socketHandshakeTimeoutMs);
    client.once('close', giveUp);
    const settle = (result: Opened | 'bad' | 'away') => {
      clearTimeout(timer);
      client.off('close', giveUp);
      resolve(result);
    };
    asked.on('error', () => settle('away'));
    asked.on('close', () => settle('away'));
    asked.on('response', (answer) => {
      answer.resume();
      settle(answer.statusCode === 400 ? 'bad' : 'away');
    });
    asked.on('upgrade', (answer, socket, head) => settle({ socket, head, accept: acceptOf(answer) }));
    asked.end();
  });
}

const acceptOf = ({ headers }: IncomingMessage) => String(headers['sec-websocket-accept']);

export type Tunnel = {
  /** Ends it; what was written leaves, if it is taken soon. */
  end(): void;
};
type Watch = {
  /** Realtime has accepted the client's token. */
  onAccepted(): void;
  onEnd(): void;
};

/** Tells the client yes and lets the bytes flow. A side that does not read is not read from either. */
export function joinSockets(client: Socket, clientHead: Buffer, opened: Opened, watch: Watch): Tunnel {
  const { socket: upstream, head, accept } = opened;
  const link = [client, upstream] as const;
  const end = () => {
    for (const side of link) endSoon(side);
  };
  for (const side of link) {
    side.setTimeout(0);
    side.setNoDelay(true);
    side.on('error', () => side.destroy());
    // A socket of which one half has ended is of no use: nobody waits for the other half.
    side.once('end', end).once('close', end);
  }
  client.once('close', watch.onEnd);
  client.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  watchAcceptance(upstream, head, watch.onAccepted);
  if (head.length > 0) client.write(head);
  if (clientHead.length > 0) upstream.write(clientHead);
  client.pipe(upstream);
  upstream.pipe(client);
  if (client.destroyed || upstream.destroyed) for (const side of link) side.destroy();
  return { end };
}

/** Listens until the token is accepted, and no longer. */
function watchAcceptance(upstream: Socket, head: Buffer, onAccepted: () => void): void {
  const isAccepted = createAcceptance();
  const look = (bytes: Buffer) => {
    if (!isAccepted(bytes)) return;
    upstream.off('data', look);
    onAccepted();
  };
  upstream.on('data', look);
  look(head);
}

/** What was written leaves; a side that does not take it is cut off. Nobody waits for it to close the socket. */
function endSoon(side: Socket): void {
  if (side.destroyed) return;
  side.destroySoon();
  setTimeout(() => side.destroy(), socketCloseTimeoutMs).unref();
}
