import { expect, it } from 'vitest';
import { acceptsJson } from './accept.ts';

const accepted = [
  undefined,
  '',
  '*/*',
  'application/*',
  'application/json',
  'Application/JSON; charset=utf-8',
  'application/json;q=0.1',
  'application/problem+json',
  'text/html, application/xhtml+xml, */*;q=0.8',
  'text/html;q=1, application/json;q=0.001',
  '*/*;q=0, application/json',
];
it.each(accepted)('%s takes JSON', (header) => expect(acceptsJson(header)).toBe(true));

const refused = [
  'text/html',
  'text/html, image/*',
  'application/xml',
  'application/json;q=0',
  'application/json; charset=utf-8; q=0.000',
  '*/*;q=0',
  'application/*;q=0, */*',
  'application/json;q=0, */*',
  'application/json;q=0, application/problem+json',
  'json',
];
it.each(refused)('%s does not', (header) => expect(acceptsJson(header)).toBe(false));

it('is quick with a header of many ranges', () => {
  const began = performance.now();
  expect(acceptsJson(`${'text/a;q=0 ,'.repeat(1_200)}application/json`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(50);
});
