// Who may open a socket: an allowed origin, room on this process, and a valid token in `auth` (never in the query).
// Invariant: a socket that reached `connection` carries the caller of a verified token,
// and nothing that the client said about itself.
import type { IncomingMessage } from 'node:http';
import { DomainError, type ErrorCode } from '@holdfast/shared/errors';
import type { Auth, Verifier } from '@holdfast/shared/http';
import { systemClock } from '@holdfast/shared/values';
import type { Server, Socket } from 'socket.io';
import { socketsPerUserMax } from '../limits.ts';
import { type Connection, cutOffSoon } from './connection.ts';
import { type Listener, userRoom } from './rooms.ts';

/** What a socket knows of its caller; the token itself is not kept. */
export type SocketData = {
  caller: Listener & Pick<Auth, 'accessVersion' | 'tenantVersion' | 'role' | 'roleVersion' | 'keyId' | 'expiresAt'>;
};
type Admission = (error: string | null | undefined, allowed: boolean) => void;

type Door = {
  isAllowedOrigin: (origin: string) => boolean;
  /** False while a socket would hear nothing here: the log is not followed yet, or tokens cannot be verified. */
  isOpen: () => boolean;
  countOf: () => number;
  socketsMax: number;
};

/**
 * The check before the WebSocket opens. Without an Origin header the client is no browser, and the token alone decides.
 * A refusal here is a failed connection: the gateway tries another process, and clients come back by themselves.
 */
export function admitConnection({ isAllowedOrigin, isOpen, countOf, socketsMax }: Door) {
  return (request: IncomingMessage, answer: Admission): void => {
    const { origin } = request.headers;
    if (!isOpen()) answer('not ready', false);
    else if (origin !== undefined && !isAllowedOrigin(origin)) answer('origin not allowed', false);
    else if (countOf() >= socketsMax) answer('too many sockets', false);
    else answer(null, true);
  };
}

/**
 * The check of the token. A refusal reaches the client as `connect_error` with `data.code`; then its connection ends,
 * so that nobody tries one token after the other on it.
 */
export function admitToken(io: Server, verifier: Verifier) {
  return async (socket: Socket, proceed: (error?: Error) => void): Promise<void> => {
    const next = (error?: Error) => {
      proceed(error);
      if (error) cutOffSoon(socket.conn as unknown as Connection, systemClock);
    };
    const token: unknown = socket.handshake.auth.token;
    if (typeof token !== 'string') return next(refusal('unauthenticated'));
    try {
      const auth = await verifier.verify(token);
      const own = io.of('/').adapter.rooms.get(userRoom(auth.userId))?.size ?? 0;
      if (own >= socketsPerUserMax) return next(refusal('busy'));
      const { token: _token, ...caller } = auth;
      socket.data = { caller } satisfies SocketData;
      next();
    } catch (error) {
      next(refusal(error instanceof DomainError ? error.code : 'internal'));
    }
  };
}

function refusal(code: ErrorCode): Error {
  return Object.assign(new Error(code), { data: { code } });
}
