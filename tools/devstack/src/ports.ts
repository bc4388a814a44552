// Free TCP ports on 127.0.0.1. A port is only known to be free at the moment of asking, so whoever starts a server on
// one of our choice repeats the start when the port was taken in between.
import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { freePortAttemptsMax, freePortMax, freePortMin, portStepsMax } from './limits.ts';

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** True when nothing listens on this port at this moment. */
export async function isFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

const given = new Set<number>();

/** A port that was free a moment ago and was not given out by this process before. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= freePortAttemptsMax; attempt += 1) {
    const port = randomInt(freePortMin, freePortMax);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port on 127.0.0.1 from ${freePortMin} to ${freePortMax}`);
}

/** The wished port, or the next free one above it that is not in `taken`; fails after 50 busy ones. */
export async function portFrom(wished: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = wished; port < wished + portStepsMax; port += 1) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`ports ${wished} to ${wished + portStepsMax - 1} are all in use`);
}

/** True when something accepts connections on this port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
