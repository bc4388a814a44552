import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createUpstreamPool, mayRetry } from './upstream-pool.ts';

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

it('more requests than a service can be waiting for are refused at once', async () => {
  const held: (() => void)[] = [];
  const server = createServer((_request, response) => held.push(() => response.end('{}')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pool = createUpstreamPool([`http://127.0.0.1:${(server.address() as AddressInfo).port}`], 2);
  const ask = () =>
    new Promise<number | string>((resolve) => {
      pool.request({ method: 'GET', path: '/' }, (error, answer) => {
        answer?.body.resume();
        resolve(answer?.statusCode ?? (error as { code?: string }).code ?? '');
      });
    });
  const waiting = [ask(), ask()];
  expect(await ask()).toBe('busy');
  await expect.poll(() => held.length).toBe(2);
  for (const answer of held) answer();
  expect(await Promise.all(waiting)).toEqual([200, 200]);
  const another = ask();
  await expect.poll(() => held.length).toBe(3);
  held[2]!();
  expect(await another).toBe(200);
  await pool.close();
  server.close();
});
