import { DomainError } from '@holdfast/shared/errors';
import { until } from '@holdfast/shared/testing';
import { describe, expect, it } from 'vitest';
import { createPlaces, type PlaceLimits } from './socket-places.ts';

function room(limits: Partial<PlaceLimits> = {}) {
  const places = createPlaces({ socketsMax: 4, anonymousPerAddressMax: 2, tokenTimeoutMs: 60_000, ...limits });
  const ended: string[] = [];
  let n = 0;
  const enter = (address: string) => {
    n += 1;
    const name = `${address}#${n}`;
    return places.take(address, () => void ended.push(name));
  };
  return { places, ended, enter };
}

describe('a place of a socket', () => {
  it('is given up by the oldest anonymous one of an address that has too many', () => {
    const { ended, enter, places } = room();
    enter('b');
    for (let count = 0; count < 4; count += 1) enter('a');
    expect([ended, places.count()]).toEqual([['a#2', 'a#3'], 3]);
  });

  it('is given up by the oldest anonymous one of all when all are taken, and never by one that is signed in', () => {
    const { ended, enter, places } = room({ anonymousPerAddressMax: 10 });
    const first = enter('a');
    first.recognise();
    for (const address of ['b', 'c', 'd', 'e', 'f']) enter(address);
    expect([ended, places.count()]).toEqual([['b#2', 'c#3'], 4]);
    first.leave();
    enter('g');
    expect(ended).toHaveLength(2);
  });

  it('is refused when all are taken by signed-in ones', () => {
    const { enter } = room();
    const taken = ['a', 'b', 'c', 'd'].map(enter);
    for (const place of taken) place.recognise();
    expect(() => enter('e')).toThrow(new DomainError('busy'));
    taken[0]!.leave();
    taken[0]!.leave();
    enter('e');
    expect(() => enter('f')).not.toThrow();
    expect(() => enter('f')).not.toThrow();
  });

  it('is lost by who shows no token in time, and kept by who does', async () => {
    const { ended, enter, places } = room({ tokenTimeoutMs: 20 });
    const kept = enter('a');
    enter('b');
    kept.recognise();
    await until(() => ended.length > 0, { what: 'an anonymous one has lost its place' });
    expect(ended).toEqual(['b#2']);
    expect(places.count()).toBe(1);
  });

  it('is counted once, however often it is left or cut', () => {
    const { enter, places } = room({ anonymousPerAddressMax: 1 });
    const cut = enter('a');
    const place = enter('a');
    cut.leave();
    place.leave();
    place.leave();
    expect(places.count()).toBe(0);
  });
});
