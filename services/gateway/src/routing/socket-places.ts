// Places of sockets. Invariants: never more sockets than there are descriptors for, few anonymous sockets (sockets that
// have shown no token yet) of one address, none for longer than the time to show one; for a new socket the oldest
// anonymous one gives way, never one that is signed in.
import { DomainError } from '@holdfast/shared/errors';

export type PlaceLimits = { socketsMax: number; anonymousPerAddressMax: number; tokenTimeoutMs: number };
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

type AnonymousPlace = Place & { cut(): void };
const first = <Item>(items: Set<Item> | undefined): Item | undefined => items?.values().next().value;

/** All places are free. */
export function createPlaces({ socketsMax, anonymousPerAddressMax, tokenTimeoutMs }: PlaceLimits): Places {
  /** Oldest first. */
  const anonymous = new Set<AnonymousPlace>();
  const byAddress = new Map<string, Set<AnonymousPlace>>();
  let count = 0;

  function enter(address: string, end: () => void): AnonymousPlace {
    const own = byAddress.get(address) ?? new Set();
    let isTaken = true;
    const place: AnonymousPlace = {
      recognise() {
        clearTimeout(timer);
        anonymous.delete(place);
        own.delete(place);
        if (own.size === 0 && byAddress.get(address) === own) byAddress.delete(address);
      },
      leave() {
        place.recognise();
        if (isTaken) count -= 1;
        isTaken = false;
      },
      cut() {
        place.leave();
        end();
      },
    };
    const timer = setTimeout(place.cut, tokenTimeoutMs).unref();
    count += 1;
    anonymous.add(place);
    byAddress.set(address, own.add(place));
    return place;
  }

  return {
    take(address, end) {
      const own = byAddress.get(address);
      if (own && own.size >= anonymousPerAddressMax) first(own)!.cut();
      if (count >= socketsMax) {
        const oldest = first(anonymous);
        if (!oldest) throw new DomainError('busy');
        oldest.cut();
      }
      return enter(address, end);
    },
    count: () => count,
  };
}
