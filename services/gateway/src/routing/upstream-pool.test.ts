import { describe, expect, it } from 'vitest';
import { mayRetry } from './upstream-pool.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

describe('a request is sent again', () => {
  it.each(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH'])(
    'after %s, always: nobody has seen it',
    (code) => {
      expect(mayRetry(failure(code), 'POST', {})).toBe(true);
      expect(mayRetry(failure(code), 'PATCH', {})).toBe(true);
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('after %s only if acting twice changes nothing', (code) => {
    expect(mayRetry(failure(code), 'GET', {})).toBe(true);
    expect(mayRetry(failure(code), 'POST', { 'idempotency-key': 'k' })).toBe(true);
    expect(mayRetry(failure(code), 'POST', {})).toBe(false);
    expect(mayRetry(failure(code), 'PATCH', {})).toBe(false);
  });

  it('never after a timeout of the answer', () => {
    expect(mayRetry(failure('UND_ERR_HEADERS_TIMEOUT'), 'GET', {})).toBe(false);
  });
});
