// URLs of media: what is accepted, and that refusing one is cheap.
import { expect, it } from 'vitest';
import { catalogApi } from './http.ts';

const body = (url: string) => ({ media: Array.from({ length: 20 }, () => url) });
const accepts = (url: string) => catalogApi.updateProduct.body.safeParse(body(url)).success;

it.each([
  'https://cdn.example/a/b.jpg?w=1#x',
  'https://cdn.example:8443/ä.png',
  'https://xn--bcher-kva.example/1.jpg',
  'https://[2001:db8::1]/1.jpg',
])('accepts %s', (url) => expect(accepts(url)).toBe(true));

it.each([
  'http://cdn.example/a',
  'https://bücher.example/a',
  'https://user:secret@cdn.example/',
  'https://',
  'https:///a',
  'javascript:alert(1)',
  `https://cdn.example/${'a'.repeat(2_000)}`,
])('refuses %s', (url) => expect(accepts(url)).toBe(false));

it('refuses a long international host name without converting it, which takes quadratic time', () => {
  const host = Array.from({ length: 5_400 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join('');
  const short = host.slice(0, 1_900);
  const startedMs = performance.now();
  expect([accepts(`https://${host}/`), accepts(`https://${short}/`)]).toEqual([false, false]);
  expect(performance.now() - startedMs).toBeLessThan(100);
});
