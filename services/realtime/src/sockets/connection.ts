// What bounds a connection, whatever is said on it. Invariants: it has shown a valid token in time or is cut off; every
// frame that it sends counts, of every kind; and its end never waits for the client,
// which need not answer a close frame nor read what is left.
import type { Clock } from '@holdfast/shared/values';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { closeTimeoutMs, fragmentsMax, messageBurstMax, messagesPerSecondMax } from '../limits.ts';
import { createMessageBudget } from './message-budget.ts';

/** A connection of Engine.IO, as far as it is looked at here. */
export type Connection = {
  transport: { socket: WebSocket };
  on(event: 'packet', listener: () => void): unknown;
  once(event: 'close', listener: (reason: string) => void): unknown;
  close(discard?: boolean): void;
};

/** The WebSocket server of Engine.IO, which passes on neither of these bounds. */
export class BoundedWebSocketServer extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, closeTimeout: closeTimeoutMs, maxFragments: fragmentsMax } as ServerOptions);
  }
}

/** Ends it now; nothing more is read or written. */
export function cutOff(connection: Connection): void {
  connection.close(true);
  connection.transport.socket.terminate();
}

/** Cuts it off once the client has had time to take what was written to it. */
export function cutOffSoon(connection: Connection, clock: Clock): void {
  clock.after(closeTimeoutMs, () => cutOff(connection));
}

/** Bounds a new connection; `hasToken` is asked when its time to show one is over. */
export function boundConnection(
  connection: Connection,
  { clock, tokenTimeoutMs, hasToken }: { clock: Clock; tokenTimeoutMs: number; hasToken: () => boolean },
): void {
  const { socket } = connection.transport;
  const budget = createMessageBudget(messageBurstMax, messagesPerSecondMax, clock.monotonicMs());
  const count = () => {
    if (!budget.take(clock.monotonicMs())) cutOff(connection);
  };
  connection.on('packet', count);
  socket.on('ping', count);
  socket.on('pong', count);
  const cancelTimeout = clock.after(tokenTimeoutMs, () => {
    if (!hasToken()) cutOff(connection);
  });
  connection.once('close', (reason) => {
    cancelTimeout();
    // Ended by us it says goodbye; ended for a fault or a silence of the client there is nothing to wait for.
    if (reason !== 'forced close') socket.terminate();
  });
}
