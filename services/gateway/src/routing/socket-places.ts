// Places of sockets. Invariants: never more sockets than there are descriptors for, few strangers (sockets that have
// shown no token yet) of one address, none for longer than the time to show one; for a new socket the oldest stranger
// gives way, never one that is signed in.
import { DomainError } from '@holdfast/shared/errors';

export type PlaceLimits = { socketsMax: number; strangersPerAddressMax: number; tokenTimeoutMs: number };
export type Place = {
  /** Its token was accepted. */
  recognise(): void;
  /** It has closed. */
  leave(): void;
};
export type Places = {
  /** A place for a socket of this address; `end` cuts it off. Throws `busy` when all are taken by signed-in ones. */
  take(address: string, end: () => void): Place;
  count(): number;
};

type Stranger = Place & { cut(): void };
const first = <Item>(items: Set<Item> | undefined): Item | undefined => items?.values().next().value;

/** All places are free. */
export function createPlaces({ socketsMax, strangersPerAddressMax, tokenTimeoutMs }: PlaceLimits): Places {
  /** Oldest first. */
  const strangers = new Set<Stranger>();
  const byAddress = new Map<string, Set<Stranger>>();
  let count = 0;

  function enter(address: string, end: () => void): Stranger {
    const own = byAddress.get(address) ?? new Set();
    let isTaken = true;
    const stranger: Stranger = {
      recognise() {
        clearTimeout(timer);
        strangers.delete(stranger);
        own.delete(stranger);
        if (own.size === 0 && byAddress.get(address) === own) byAddress.delete(address);
      },
      leave() {
        stranger.recognise();
        if (isTaken) count -= 1;
        isTaken = false;
      },
      cut() {
        stranger.leave();
        end();
      },
    };
    const timer = setTimeout(stranger.cut, tokenTimeoutMs).unref();
    count += 1;
    strangers.add(stranger);
    byAddress.set(address, own.add(stranger));
    return stranger;
  }

  return {
    take(address, end) {
      const own = byAddress.get(address);
      if (own && own.size >= strangersPerAddressMax) first(own)!.cut();
      if (count >= socketsMax) {
        const oldest = first(strangers);
        if (!oldest) throw new DomainError('busy');
        oldest.cut();
      }
      return enter(address, end);
    },
    count: () => count,
  };
}
