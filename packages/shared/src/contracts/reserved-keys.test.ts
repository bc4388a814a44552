import { describe, expect, it } from 'vitest';
import { isReservedKey, reservedKeyIn } from './reserved-keys.ts';

const parsed = (text: string): unknown => JSON.parse(text);

describe('reserved keys', () => {
  it.each(['_bsontype', 'toBSON', 'toJSON', '__proto__', 'constructor', 'prototype', '$ne', '$', '$ref'])(
    'include %s, at any depth',
    (key) => {
      expect(isReservedKey(key)).toBe(true);
      expect(reservedKeyIn(parsed(`{"a":[1,{"b":{${JSON.stringify(key)}:1}}]}`))).toBe(key);
    },
  );

  it.each(['bsontype', 'a$', 'Constructor', 'proto', '_id', 'toString', ''])('do not include %j', (key) => {
    expect(isReservedKey(key)).toBe(false);
    expect(reservedKeyIn({ a: [{ [key]: null }] })).toBeUndefined();
  });

  it('are not looked for in what is not plain data', () => {
    class Id {
      _bsontype = 'ObjectId';
    }
    expect(reservedKeyIn({ at: new Date(), id: new Id(), bytes: Buffer.from('x') })).toBeUndefined();
    for (const scalar of [undefined, null, 1, '$ne']) expect(reservedKeyIn(scalar)).toBeUndefined();
  });

  it('are found however deep the data nests', () => {
    const depth = 100_000;
    expect(reservedKeyIn(parsed(`${'[{"a":'.repeat(depth)}{"$gt":1}${'}]'.repeat(depth)}`))).toBe('$gt');
  });
});
