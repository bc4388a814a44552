// Ids that others have stored: what is derived from the same inputs is the same for ever.
import { describe, expect, it } from 'vitest';
import { base32, contentHash, derivedId } from './ids.ts';

describe('a derived id', () => {
  it('is base32 of the first 16 bytes of sha256 of its parts, one per line', () => {
    expect(derivedId('ord', 'ten_a', 'usr_b', 'orders.place', 'k-1')).toBe('ord_as5fwhozzn5mstqdfsdvvhx3qe');
    expect(derivedId('loc', 'ten_a', 'main')).toBe('loc_o7gi4joj564ivzpaorkyqa2k2m');
    expect(base32(Uint8Array.from([0, 255, 16, 32, 64]))).toBe('ad7raica');
  });

  it('differs when a part does, and has its prefix and 26 characters', () => {
    const ids = [derivedId('adj', 'a', 'bc'), derivedId('adj', 'ab', 'c'), derivedId('adj', 'abc')];
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^adj_[a-z2-7]{26}$/);
  });
});

it('a content hash is that of the value, whatever the order of its fields', () => {
  const hash = contentHash({
    params: {},
    body: { lines: [{ variantId: 'v', quantity: 1 }], note: undefined, b: null },
  });
  expect(hash).toBe('QcNJByERtOSDR_zMsJGxh0BFDmlWin-Y0GTgvpWzO88');
  expect(contentHash({ body: { b: null, lines: [{ quantity: 1, variantId: 'v' }] }, params: {} })).toBe(hash);
  expect(contentHash([1, 2])).not.toBe(contentHash([2, 1]));
});
