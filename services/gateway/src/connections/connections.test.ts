import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type ConnectionOptions, createConnections, type Peer } from './connections.ts';

/** A connection as far as the table looks at it. */
class Client extends EventEmitter {
  readonly remoteAddress: string;
  readonly writableLength = 0;
  readonly bytesWritten = 0;
  isOpen = true;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }
  destroy(): this {
    this.isOpen = false;
    return this;
  }
  leave(): void {
    this.isOpen = false;
    this.emit('close');
  }
}
const asPeer = (client: Client) => client as unknown as Peer;

function table(options: Partial<ConnectionOptions> = {}) {
  const connections = createConnections({ connectionsMax: 4, perAddressMax: 3, isProxy: () => false, ...options });
  const enter = (address: string): Client => {
    const client = new Client(address);
    connections.admit(asPeer(client));
    return client;
  };
  return { connections, enter, recognise: (client: Client) => connections.recognise(asPeer(client)) };
}
const isOpen = (clients: Client[]) => clients.map((client) => client.isOpen);

describe('a full table', () => {
  it('takes a new connection for the oldest anonymous one, whoever that is', () => {
    const { connections, enter } = table();
    const old = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'].map(enter);
    const [fifth, sixth] = [enter('1.1.1.5'), enter('1.1.1.6')];
    expect(isOpen([...old, fifth, sixth])).toEqual([false, false, true, true, true, true]);
    expect(connections.count()).toBe(4);
  });

  it('never takes it for one that has shown a token while there is an anonymous one', () => {
    const { enter, recognise } = table();
    const signedIn = enter('1.1.1.1');
    recognise(signedIn);
    const flood = Array.from({ length: 500 }, (_, n) => enter(`2.2.${n % 250}.1`));
    expect(signedIn.isOpen).toBe(true);
    expect(flood.filter((client) => client.isOpen)).toHaveLength(3);
  });

  it('of nothing but known ones takes it for the one that was signed in longest ago', () => {
    const { enter, recognise } = table();
    const known = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'].map(enter);
    for (const client of [...known, known[0]!]) recognise(client);
    const next = enter('1.1.1.5');
    expect(isOpen([...known, next])).toEqual([true, false, true, true, true]);
  });

  it('has a place again when one leaves', () => {
    const { connections, enter } = table();
    const clients = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'].map(enter);
    clients[2]!.leave();
    enter('1.1.1.5');
    expect(isOpen(clients)).toEqual([true, true, false, true]);
    expect(connections.count()).toBe(4);
  });
});

describe('one address', () => {
  it('has so many connections; its own oldest anonymous one gives way, and the others stay', () => {
    const { enter } = table({ connectionsMax: 10 });
    const other = enter('9.9.9.9');
    const own = Array.from({ length: 5 }, () => enter('1.1.1.1'));
    expect(isOpen([other, ...own])).toEqual([true, false, false, true, true, true]);
  });

  it('is refused when all that it has are signed in', () => {
    const { enter, recognise } = table({ connectionsMax: 10 });
    const own = Array.from({ length: 3 }, () => enter('1.1.1.1'));
    for (const client of own) recognise(client);
    expect(isOpen([...own, enter('1.1.1.1')])).toEqual([true, true, true, false]);
  });

  it('is a whole network of IPv6, and IPv4 however it is written', () => {
    const { enter } = table({ connectionsMax: 10 });
    const six = Array.from({ length: 4 }, (_, n) => enter(`2001:db8:1:1::${n}`));
    expect(isOpen(six)).toEqual([false, true, true, true]);
    const four = [enter('::ffff:1.1.1.1'), enter('1.1.1.1'), enter('1.1.1.1'), enter('1.1.1.1')];
    expect(isOpen(four)).toEqual([false, true, true, true]);
  });

  it('of a listed proxy has as many as there are places', () => {
    const { enter } = table({ connectionsMax: 10, isProxy: (address) => address === '1.1.1.1' });
    expect(isOpen(Array.from({ length: 10 }, () => enter('1.1.1.1')))).toEqual(Array(10).fill(true));
  });
});
