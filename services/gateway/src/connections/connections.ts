// The connections of clients. Invariants: never more than there are descriptors for; a new one always gets in as long
// as an anonymous connection (a connection that has shown no valid token yet) holds a place, and the oldest anonymous
// one gives way. So connections without a token, however many, shut nobody out: a client has the time of thousands of
// further connections to show its token, and then it is none.
import type { Socket } from 'node:net';
import { networkOf } from '../rate-limits/subjects.ts';

export type Peer = Pick<Socket, 'remoteAddress' | 'destroy' | 'once' | 'writableLength' | 'bytesWritten'>;
export type ConnectionOptions = {
  connectionsMax: number;
  /** Of one address; an IPv6 network of 64 bits is one. */
  perAddressMax: number;
  /** Addresses that stand for many clients: the listed proxies. */
  isProxy: (address: string) => boolean;
  /** Told of each connection that gave way or was refused. */
  onCut?: () => void;
};
export type Connections = {
  /** Takes a new connection, at the cost of an older anonymous one when there is no place. */
  admit(socket: Peer): void;
  /** The connection has shown a valid token. */
  recognise(socket: Peer): void;
  open(): Iterable<Peer>;
  count(): number;
};

type Address = { count: number; anonymous: Set<Peer> };
const first = <Item>(items: Set<Item>): Item | undefined => items.values().next().value;

/** No connections yet. */
export function createConnections({ connectionsMax, perAddressMax, isProxy, onCut }: ConnectionOptions): Connections {
  const addressOf = new Map<Peer, string>();
  const addresses = new Map<string, Address>();
  /** Oldest first. */
  const anonymous = new Set<Peer>();
  /** The one whose last signed-in request is longest ago first. */
  const known = new Set<Peer>();

  function forget(socket: Peer): void {
    const name = addressOf.get(socket);
    if (name === undefined) return;
    addressOf.delete(socket);
    anonymous.delete(socket);
    known.delete(socket);
    const address = addresses.get(name)!;
    address.anonymous.delete(socket);
    address.count -= 1;
    if (address.count === 0) addresses.delete(name);
  }
  function cut(socket: Peer): void {
    forget(socket);
    socket.destroy();
    onCut?.();
  }
  function isFull({ count, anonymous: own }: Address, name: string): boolean {
    if (count < perAddressMax || isProxy(name)) return false;
    const oldest = first(own);
    if (oldest) cut(oldest);
    return oldest === undefined;
  }

  return {
    admit(socket) {
      const name = networkOf(socket.remoteAddress ?? '');
      let address = addresses.get(name) ?? { count: 0, anonymous: new Set() };
      if (isFull(address, name)) {
        cut(socket);
        return;
      }
      if (addressOf.size >= connectionsMax) cut(first(anonymous) ?? first(known)!);
      address = addresses.get(name) ?? address;
      address.count += 1;
      address.anonymous.add(socket);
      addresses.set(name, address);
      addressOf.set(socket, name);
      anonymous.add(socket);
      socket.once('close', () => forget(socket));
    },
    recognise(socket) {
      const name = addressOf.get(socket);
      if (name === undefined) return;
      anonymous.delete(socket);
      addresses.get(name)!.anonymous.delete(socket);
      known.delete(socket);
      known.add(socket);
    },
    open: () => addressOf.keys(),
    count: () => addressOf.size,
  };
}
