// One request at a time on each connection. Node parses everything that a client pipelines and starts all of it at
// once, so that one connection can hold as many answers in memory as it likes without reading any (RFC 9112, 9.3.2
// allows to process them in turn).
// Invariant: a handler runs for a connection only after the answer before was handed over to the operating system as a
// whole.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipelinedCountMax } from './limits.ts';

export type Exchange = { request: IncomingMessage; response: ServerResponse };
type Line = { current: Exchange; waiting: Exchange[]; isLast?: true };

const lines = new WeakMap<Socket, Line>();

/** What a connection is busy with; undefined between two requests. */
export function exchangeOf(socket: Socket): Exchange | undefined {
  return lines.get(socket)?.current;
}

/** Closes a busy connection once the answer that is due has left; what waits behind it is not processed. */
export function endAfterAnswer(socket: Socket): void {
  const line = lines.get(socket);
  if (line) line.isLast = true;
  socket.pause();
}

/**
 * Node parses what has arrived to its end, also for a connection that is gone, and aborts each request with an error
 * and its stack: 40 µs for each of the hundreds that one packet may hold. 2 tells its parser that the connection is
 * HTTP no more, and it stops there.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as Socket & { parser?: { onIncoming?: () => number } };
  if (parser) parser.onIncoming = () => 2;
}

/**
 * The same handler for one request of a connection after the other. A few may wait, unprocessed;
 * more end the connection.
 */
export function oneAtATime(handler: RequestListener): RequestListener {
  function begin(socket: Socket, line: Line): void {
    const { request, response } = line.current;
    response.once('close', () => proceed(socket, line));
    handler(request, response);
  }
  function proceed(socket: Socket, line: Line): void {
    if (line.isLast) socket.destroySoon();
    const next = line.isLast || socket.destroyed ? undefined : line.waiting.shift();
    if (next === undefined) {
      lines.delete(socket);
      return;
    }
    line.current = next;
    if (line.waiting.length === 0) socket.resume();
    begin(socket, line);
  }
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const exchange = { request, response };
    const busy = lines.get(socket);
    if (busy === undefined) {
      const line = { current: exchange, waiting: [] };
      lines.set(socket, line);
      begin(socket, line);
    } else if (busy.waiting.push(exchange) > pipelinedCountMax) {
      stopParsing(socket);
      socket.destroy();
    } else {
      socket.pause();
    }
  };
}
