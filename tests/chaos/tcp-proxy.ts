// A TCP proxy between services and a server, as a network that can be broken: connections cut, new ones refused, bytes
// slow or held back. Invariant: bytes of a connection arrive complete and in order, or the connection ends.
import { connect, createServer, type Socket } from 'node:net';
import type { Chance } from './chance.ts';
import { proxyHeldBytesMax } from './limits.ts';

export type TcpProxy = {
  readonly port: number;
  /** Ends a share (0 to 1) of the open connections; returns how many. */
  cut(share: number, chance: Chance): number;
  /** Ends all connections and accepts none. */
  refuse(): void;
  /** Every byte takes this much longer, each way. */
  slow(ms: number): void;
  /** No byte passes; what was sent passes later. */
  stall(): void;
  /** As if nothing had been. */
  heal(): void;
  close(): Promise<void>;
};

type Weather = { refused: boolean; stalled: boolean; delayMs: number };

/** Listens on 127.0.0.1 and passes connections on to `targetPort` there. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const weather: Weather = { refused: false, stalled: false, delayMs: 0 };
  const links = new Set<Link>();
  const server = createServer((client) => {
    if (weather.refused) return void client.destroy();
    const link = createLink(client, connect({ port: targetPort, host: '127.0.0.1' }), weather);
    links.add(link);
    client.once('close', () => links.delete(link));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  const endAll = () => {
    for (const link of links) link.end();
  };
  return {
    port,
    cut(share, chance) {
      const chosen = [...links].filter(() => chance.happens(share));
      for (const link of chosen) link.end();
      return chosen.length;
    },
    refuse() {
      weather.refused = true;
      endAll();
    },
    slow(ms) {
      weather.delayMs = ms;
    },
    stall() {
      weather.stalled = true;
    },
    heal() {
      Object.assign(weather, { refused: false, stalled: false, delayMs: 0 });
      for (const link of links) link.flow();
    },
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      endAll();
      await closed;
    },
  };
}

type Link = { end(): void; flow(): void };

function createLink(client: Socket, server: Socket, weather: Weather): Link {
  const end = () => {
    client.destroy();
    server.destroy();
  };
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    socket.on('error', end);
    socket.once('close', end);
  }
  const there = createPipe(client, server, weather);
  const back = createPipe(server, client, weather);
  return {
    end,
    flow() {
      there();
      back();
    },
  };
}

/** Passes what `from` says to `to`; returns how to deliver what is held back. */
function createPipe(from: Socket, to: Socket, weather: Weather): () => void {
  const held: { bytes: Buffer; dueMs: number }[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const flow = () => {
    clearTimeout(timer);
    timer = undefined;
    while (held.length > 0 && !weather.stalled) {
      const waitMs = held[0]!.dueMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(flow, waitMs);
        return;
      }
      const { bytes } = held.shift()!;
      heldBytes -= bytes.length;
      pass(bytes);
    }
    if (heldBytes === 0) from.resume();
  };
  const pass = (bytes: Buffer) => {
    if (to.destroyed || to.write(bytes)) return;
    from.pause();
    to.once('drain', () => held.length === 0 && from.resume());
  };
  from.on('data', (bytes) => {
    if (held.length === 0 && !weather.stalled && weather.delayMs === 0) return pass(bytes);
    held.push({ bytes, dueMs: performance.now() + weather.delayMs });
    heldBytes += bytes.length;
    if (heldBytes > proxyHeldBytesMax) from.pause();
    if (timer === undefined) flow();
  });
  from.once('end', () => to.end());
  return flow;
}
