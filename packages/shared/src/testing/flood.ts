// Hostile connections for tests: many, from several addresses of this machine, each of which comes back when it is cut off.
// Ends with `stop`, or by itself after the given time.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const bundle = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n';
const handshake =
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const login =
  'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{';

type Kind = {
  opening: string;
  /** What it goes on saying every second; how a deaf one notices that it was cut off. */
  dripping: string;
  /** Never reads. */
  isDeaf?: true;
};
const kinds: readonly Kind[] = [
  { opening: bundle.repeat(400), dripping: bundle, isDeaf: true },
  { opening: bundle, dripping: bundle, isDeaf: true },
  { opening: '', dripping: '' },
  { opening: 'GET /health/live HTTP/1.1\r\nHost: a\r\n', dripping: 'X-A: b\r\n' },
  { opening: login, dripping: ' ' },
  { opening: handshake, dripping: '' },
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
  /** Connections that are established now. */
  open(): number;
  /** Times that a connection was cut off or refused. */
  cut(): number;
  stop(): void;
};

const openedAtOnceMax = 250;

/** The first so many addresses of 127.0.0.0/8 after 127.0.0.1 that this machine can connect from; only 127.0.0.1 where it has none. */
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

/** Opens them in waves, so that the process that does it can do something else too; resolves when all were opened once. */
export async function startFlood({ port, count, addresses, forMs, comeBackMs }: FloodOptions): Promise<Flood> {
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
  }, 1_000);
  function stop(): void {
    isOver = true;
    clearInterval(drip);
    for (const socket of sockets.keys()) socket.destroy();
  }
  setTimeout(stop, forMs).unref();
  for (let n = 0; n < count; n += openedAtOnceMax) {
    for (let m = n; m < Math.min(n + openedAtOnceMax, count); m += 1) open(m);
    await delay(1);
  }
  return { open: () => established, cut: () => cuts, stop };
}
