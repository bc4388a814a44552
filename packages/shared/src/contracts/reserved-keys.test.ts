import { describe, expect, it } from 'vitest';
import { isReservedKey, mayHoldReservedKey, reservedKeyIn } from './reserved-keys.ts';

const parsed = (text: string): unknown => JSON.parse(text);

describe('reserved keys', () => {
  it.each(['_bsontype', 'toBSON', 'toJSON', '__proto__', 'constructor', 'prototype', '$ne', '$', '$ref'])(
    'include %s, at any depth',
    (key) => {
      expect(isReservedKey(key)).toBe(true);
      const text = `{"a":[1,{"b":{${JSON.stringify(key)}:1}}]}`;
      const escaped = text.replace(
        key,
        [...key].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
      );
      expect(parsed(escaped)).toEqual(parsed(text));
      expect([reservedKeyIn(parsed(text)), mayHoldReservedKey(text), mayHoldReservedKey(escaped)]).toEqual([
        key,
        true,
        true,
      ]);
    },
  );

  it.each(['bsontype', 'a$', 'Constructor', 'proto', '_id', 'toString', ''])('do not include %j', (key) => {
    expect(isReservedKey(key)).toBe(false);
    expect(reservedKeyIn({ a: [{ [key]: null }] })).toBeUndefined();
  });

  it('are not suspected in what our events look like', () => {
    expect(mayHoldReservedKey('{"type":"com.holdfast.order.placed.v1","data":{"total":{"amount":1}}}')).toBe(false);
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
