// Hostile connections for tests: many, from several addresses of this machine, each of which comes back when it is cut
// off. Ends with `stop`, or by itself after the given time.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const bundle = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n';
const handshake =
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const login =
  'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{';

type Kind = {
  opening: string;
  /** What it goes on saying; how a deaf one notices that it was cut off. */
  dripping: string;
  /** Never reads. */
  isDeaf?: true;
};
const pipelining: Kind = { opening: bundle.repeat(400), dripping: bundle, isDeaf: true };
const notReading: Kind = { opening: bundle, dripping: bundle, isDeaf: true };
const silent: Kind = { opening: '', dripping: '' };
const slowHeaders: Kind = { opening: 'GET /health/live HTTP/1.1\r\nHost: a\r\n', dripping: 'X-A: b\r\n' };
const slowBody: Kind = { opening: login, dripping: ' ' };
const tokenless: Kind = { opening: handshake, dripping: '' };
/** In turn. Those that make the kernel hold an answer, or the process work, are fewer than those that hold a place. */
const kinds: readonly Kind[] = [
  ...[pipelining, silent, slowHeaders, slowBody, silent, slowHeaders, tokenless, silent, slowBody, silent],
  ...[notReading, silent, slowHeaders, slowBody, silent, slowHeaders, tokenless, silent, slowBody, silent],
];

export type FloodOptions = {
  port: number;
  count: number;
  /** Of 127.0.0.0/8; the default where a machine has no other is one. */
  addresses: readonly string[];
  /** It ends by itself after this. */
  forMs: number;
  /** How long one that was cut off stays away. */
  comeBackMs: number;
};
export type Flood = {
  /** Resolves with how many were opened, once that is all of them or it is over. */
  opened: Promise<number>;
  /** Connections that are established now. */
  open(): number;
  /** Times that a connection was cut off or refused. */
  cut(): number;
  stop(): void;
};

/**
 * On their way at once: a process accepts one in each turn of its event loop,
 * and whoever else comes waits behind these.
 */
const connectingMax = 32;
const drippingMs = 2_000;

/**
 * The first so many addresses of 127.0.0.0/8 after 127.0.0.1 that this machine can connect from;
 * only 127.0.0.1 where it has none.
 */
export async function loopbackAddresses(count: number, port: number): Promise<string[]> {
  const address = (n: number) => `127.0.${Math.floor(n / 250)}.${2 + (n % 250)}`;
  const works = await new Promise<boolean>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: address(0) });
    const tell = (isUp: boolean) => () => {
      resolve(isUp);
      socket.destroy();
    };
    socket.once('connect', tell(true)).once('error', tell(false));
  });
  return works ? Array.from({ length: count }, (_, n) => address(n)) : ['127.0.0.1'];
}

/** Begins to open them, no faster than they are accepted. */
export function startFlood({ port, count, addresses, forMs, comeBackMs }: FloodOptions): Flood {
  const sockets = new Map<Socket, string>();
  let cuts = 0;
  let established = 0;
  let isOver = false;
  function open(n: number): void {
    if (isOver) return;
    const { opening, dripping, isDeaf } = kinds[n % kinds.length]!;
    const socket = connect({ port, host: '127.0.0.1', localAddress: addresses[n % addresses.length]! });
    let isEstablished = false;
    sockets.set(socket, dripping);
    if (isDeaf) socket.pause();
    else socket.resume();
    socket.on('error', () => undefined);
    socket.once('connect', () => {
      isEstablished = true;
      established += 1;
      socket.write(opening);
    });
    socket.once('close', () => {
      sockets.delete(socket);
      if (isEstablished) established -= 1;
      cuts += 1;
      setTimeout(open, comeBackMs, n).unref();
    });
  }
  const drip = setInterval(() => {
    for (const [socket, text] of sockets) if (text !== '') socket.write(text);
  }, drippingMs);
  function stop(): void {
    isOver = true;
    clearInterval(drip);
    for (const socket of sockets.keys()) socket.destroy();
  }
  setTimeout(stop, forMs).unref();
  async function openAll(): Promise<number> {
    let n = 0;
    for (; n < count && !isOver; n += 1) {
      while (sockets.size - established >= connectingMax && !isOver) await delay(5);
      open(n);
    }
    return n;
  }
  return { opened: openAll(), open: () => established, cut: () => cuts, stop };
}
