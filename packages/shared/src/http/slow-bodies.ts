// Bodies that arrive too slowly hold a connection. Invariant: a body is there within its time after its headers, or its
// connection ends; one that its route takes as an upload may go on as long as enough of it arrives.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { uploadBytesMin } from './limits.ts';

const uploads = new WeakSet<IncomingMessage>();

/** The body of this request is a file: it may take longer, as long as it does not trickle. */
export function allowUpload(request: IncomingMessage): void {
  uploads.add(request);
}

type Body = { request: IncomingMessage; socket: Socket; since: number; bytes: number };
type Times = { requestTimeoutMs: number; checkMs: number };

const tooSlow = () => Object.assign(new Error('the body did not arrive in time'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

/** Watches the bodies of a server's requests; call the result with each request. */
export function watchBodies(server: Server, { requestTimeoutMs, checkMs }: Times): (request: IncomingMessage) => void {
  const arriving = new Set<Body>();
  let timer: NodeJS.Timeout | undefined;
  server.on('close', () => clearInterval(timer));

  function look(): void {
    const now = performance.now();
    for (const body of arriving) {
      const { request, socket } = body;
      if (request.complete || socket.destroyed) arriving.delete(body);
      else if (now - body.since >= requestTimeoutMs) {
        if (uploads.has(request) && socket.bytesRead - body.bytes >= uploadBytesMin) {
          body.since = now;
          body.bytes = socket.bytesRead;
        } else {
          arriving.delete(body);
          server.emit('clientError', tooSlow(), socket);
        }
      }
    }
    if (arriving.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return (request) => {
    const { headers, socket } = request;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (!hasBody || request.complete) return;
    arriving.add({ request, socket, since: performance.now(), bytes: socket.bytesRead });
    timer ??= setInterval(look, checkMs).unref();
  };
}
