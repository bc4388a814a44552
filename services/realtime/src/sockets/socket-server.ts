// The Socket.IO server of a process: WebSocket only, so that no request needs to find the process of the one before.
// Invariants: a socket ends with its token, its session or its budget, whichever is first;
// what it hears is decided by rooms.ts alone.
import type { Server as HttpServer } from 'node:http';
import { type SessionEndedMessage, type StoppingMessage, socketEvents } from '@holdfast/shared/contracts';
import type { Revocation, Revocations, Verifier } from '@holdfast/shared/http';
import type { Metrics } from '@holdfast/shared/telemetry';
import { type Log, systemClock, withTimeout } from '@holdfast/shared/values';
import { Server, type Socket } from 'socket.io';
import {
  messageBytesMax,
  reconnectHintMaxMs,
  slowCheckMs,
  stopGraceMs,
  timerMaxMs,
  tokenTimeoutMs,
  waitingPacketsMax,
} from '../limits.ts';
import type { VariantStateStore } from '../variants/variant-state.store.ts';
import { admitConnection, admitToken, type SocketData } from './admit-socket.ts';
import { BoundedWebSocketServer, boundConnection, type Connection, cutOff, cutOffSoon } from './connection.ts';
import type { CrossPod } from './cross-pod.ts';
import type { Emitter } from './fan-out.ts';
import { createForSale, type ForSale } from './for-sale.ts';
import { roomsOf, sessionRoom, tenantRoom, userRoom } from './rooms.ts';
import { acceptSubscriptions } from './subscribe.ts';

export type SocketServerOptions = {
  httpServer: HttpServer;
  /** Past it further ones are refused. */
  socketsMax: number;
  isAllowedOrigin: (origin: string) => boolean;
  /** False: further sockets are refused for now. Those that are open stay. */
  isOpen: () => boolean;
  verifier: Verifier;
  revocations: Pick<Revocations, 'isRevoked' | 'onRevoked'>;
  crossPod?: Pick<CrossPod, 'adapter'>;
  variants: Pick<VariantStateStore, 'read'>;
  log: Log;
  metrics: Metrics;
  /** For tests. */
  tokenTimeoutMs?: number;
};
export type SocketServer = {
  emitter: Emitter;
  /** Of the variants that customers of this process follow. */
  forSale: ForSale;
  count(): number;
  /** Tells every client when to come back, closes all sockets and accepts no more. */
  stop(): Promise<void>;
};

/** Adds Socket.IO at `/socket.io` to the server of the HTTP app. */
export function startSocketServer(options: SocketServerOptions): SocketServer {
  const { httpServer, socketsMax, isAllowedOrigin, isOpen, verifier, revocations, crossPod, variants, log, metrics } =
    options;
  const tokenMs = options.tokenTimeoutMs ?? tokenTimeoutMs;
  /** Connections that have shown a valid token. */
  const admitted = new WeakSet<object>();
  const io: Server = new Server({
    path: '/socket.io',
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: messageBytesMax,
    // Its own limit would wait for a close frame: ours comes first.
    connectTimeout: 2 * tokenMs,
    wsEngine: BoundedWebSocketServer,
    allowRequest: admitConnection({ isAllowedOrigin, isOpen, socketsMax, countOf: () => io.engine.clientsCount }),
    ...(crossPod ? { adapter: crossPod.adapter } : {}),
  });
  io.attach(httpServer);
  io.engine.on('connection', (raw: Connection) =>
    boundConnection(raw, { clock: systemClock, tokenTimeoutMs: tokenMs, hasToken: () => admitted.has(raw) }),
  );
  io.use(admitToken(io, verifier));
  const { adapter } = io.of('/');
  const forSale = createForSale({ read: variants.read, hasListeners: (room) => adapter.rooms.has(room) });
  adapter.on('delete-room', forSale.forget);
  io.on('connection', (socket) => {
    admitted.add(socket.conn);
    welcome(socket, { revocations, forSale, log });
  });
  const ignoreRevoked = revocations.onRevoked((revocation) => endRevoked(io, revocation, revocations));
  const slowCheck = setInterval(() => closeSlow(io), slowCheckMs).unref();
  metrics.gauge('sockets_open', 'Open sockets of this process.', () => io.engine.clientsCount);
  return {
    emitter: emitterOf(io),
    forSale,
    count: () => io.engine.clientsCount,
    async stop() {
      ignoreRevoked();
      clearInterval(slowCheck);
      await sayGoodbye(io);
      // Not io.close(): the HTTP server is the app's to close. A closed connection, unlike a disconnect,
      // lets clients come back by themselves.
      await io.of('/').adapter.close();
      io.engine.close();
    },
  };
}

function emitterOf(io: Server): Emitter {
  const { adapter } = io.of('/');
  return {
    hasListeners: (rooms) => rooms.some((room) => adapter.rooms.has(room)),
    emit: (rooms, name, message) => void io.local.to([...rooms]).emit(name, message),
  };
}

type Welcome = { revocations: Pick<Revocations, 'isRevoked'>; forSale: ForSale; log: Log };

function welcome(socket: Socket, { revocations, forSale, log }: Welcome): void {
  const { caller } = socket.data as SocketData;
  void socket.join(roomsOf(caller));
  // The revocation may have come between the check of the token and the room of its session.
  if (revocations.isRevoked(caller)) {
    end(socket, 'revoked');
    return;
  }
  const leftMs = Math.min(Math.max(0, caller.expiresAt.getTime() - Date.now()), timerMaxMs);
  const expiry = setTimeout(() => end(socket, 'expired'), leftMs).unref();
  socket.on('disconnect', (reason) => {
    clearTimeout(expiry);
    // Its connection would live on without a token that ends it.
    if (reason === 'client namespace disconnect') cutOff(connectionOf(socket));
  });
  acceptSubscriptions(socket, caller, forSale);
  log.debug({ tenantId: caller.tenantId, userId: caller.userId }, 'socket opened');
}

/**
 * Ends the sockets whose token is dead now: here at once; those of a session on the other pods too, through the
 * adapter, should theirs learn of it later.
 */
function endRevoked(io: Server, revocation: Revocation, { isRevoked }: Pick<Revocations, 'isRevoked'>): void {
  const { adapter, sockets } = io.of('/');
  const room = roomConcerned(revocation);
  const ids = room === undefined ? sockets.keys() : (adapter.rooms.get(room) ?? []);
  for (const id of [...ids]) {
    const socket = sockets.get(id);
    if (socket && isRevoked((socket.data as SocketData).caller)) end(socket, 'revoked');
  }
  if (room !== undefined && 'sessionId' in revocation) io.in(room).disconnectSockets(true);
}

/** Undefined: everybody may be concerned. */
function roomConcerned(change: Revocation): string | undefined {
  if ('keyId' in change) return undefined;
  if ('sessionId' in change) return sessionRoom(change.sessionId);
  return 'userId' in change ? userRoom(change.userId) : tenantRoom(change.tenantId);
}

function end(socket: Socket, reason: SessionEndedMessage['reason']): void {
  socket.emit(socketEvents.sessionEnded, { reason } satisfies SessionEndedMessage);
  socket.disconnect(true);
  cutOffSoon(connectionOf(socket), systemClock);
}

const connectionOf = (socket: Socket) => socket.conn as unknown as Connection;

/** A client that does not read is closed before its packets fill the memory. */
function closeSlow(io: Server): void {
  for (const socket of io.of('/').sockets.values()) {
    const { writeBuffer } = socket.conn as unknown as { writeBuffer: readonly unknown[] };
    if (writeBuffer.length > waitingPacketsMax) cutOff(connectionOf(socket));
  }
}

async function sayGoodbye(io: Server): Promise<void> {
  const open = [...io.of('/').sockets.values()];
  const written = open.map(
    (socket) =>
      new Promise<void>((resolve) => {
        const reconnectAfterMs = Math.round(Math.random() * reconnectHintMaxMs);
        socket.conn.once('drain', () => resolve());
        socket.conn.once('close', () => resolve());
        socket.emit(socketEvents.stopping, { reconnectAfterMs } satisfies StoppingMessage);
      }),
  );
  await withTimeout(systemClock, stopGraceMs, Promise.all(written), () => {});
}
