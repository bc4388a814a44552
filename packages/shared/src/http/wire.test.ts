// What only bytes on a socket can say: requests that Node or Fastify would answer in their own words,
// or not refuse at all.
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApp, testApp } from './app.fixture.ts';

let made: TestApp;
beforeAll(async () => {
  made = await testApp();
  made.app.get('/slow', (_request, reply) => void setTimeout(() => reply.send({ slow: true }), 50));
  made.app.post('/things', async (request) => request.body);
  await made.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => made.app.close());

/** Sends text and reads until the server closes; `isOver` ends it before. */
async function say(text: string, isOver = (_heard: string) => false): Promise<string> {
  const socket = connect((made.app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(text);
  let heard = '';
  for await (const chunk of socket) {
    heard += chunk;
    if (isOver(heard)) break;
  }
  return heard;
}

function answerOf(text: string): { status: number; head: string; body: string } {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head: head.toLowerCase(), body };
}

const close = 'Host: a\r\nConnection: close\r\n';

describe('a problem answers', () => {
  it.each([
    ['nonsense', 'hello\r\n\r\n', 400],
    ['an unknown method', `BREW / HTTP/1.1\r\n${close}\r\n`, 400],
    ['headers over 16 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a missing Host', 'GET /health/live HTTP/1.1\r\n\r\n', 400],
    ['HTTP/0.9', 'GET /health/live\r\n\r\n', 400],
    ['an expectation of bananas', 'GET /health/live HTTP/1.1\r\nHost: a\r\nExpect: bananas\r\n\r\n', 417],
    ['an absolute-form target', `GET http://a/health/live HTTP/1.1\r\n${close}\r\n`, 400],
    ['a malformed path', `GET /%zz HTTP/1.1\r\n${close}\r\n`, 400],
    ['QUERY', `QUERY /health/live HTTP/1.1\r\n${close}Content-Length: 0\r\n\r\n`, 405],
    ['TRACE', `TRACE /health/live HTTP/1.1\r\n${close}\r\n`, 405],
    [
      'Content-Length with Transfer-Encoding',
      'POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a broken chunk',
      'POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
  ])('%s', async (_name, text, status) => {
    const { head, body, status: answered } = answerOf(await say(text));
    expect([answered, head.includes('content-type: application/problem+json')]).toEqual([status, true]);
    expect(JSON.parse(body)).toMatchObject({ status, code: expect.any(String) });
  });

  it('with the methods of the path when it has others, whatever the method, without reading the body', async () => {
    for (const method of ['QUERY', 'PROPFIND', 'POST', 'DELETE']) {
      const asked = `${method} /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n`;
      const { head, status } = answerOf(await say(asked, (heard) => heard.includes('}')));
      expect([method, status, /allow: (.*)/.exec(head)?.[1]]).toEqual([method, 405, 'get, head']);
    }
  });

  it('that names the URL when that holds what must be encoded, and has a trace', async () => {
    const { body } = answerOf(await say(`GET /v1/things?q=große HTTP/1.1\r\n${close}\r\n`));
    expect(JSON.parse(body)).toMatchObject({
      code: 'validation_failed',
      detail: expect.stringContaining('URL'),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('also with the common headers when the path cannot even be decoded', async () => {
    const { head } = answerOf(await say(`GET /%zz HTTP/1.1\r\n${close}\r\n`));
    expect(head).toContain('x-content-type-options: nosniff');
    expect(head).toMatch(/x-request-id: req_/);
  });
});

describe('still served', () => {
  it('are HTTP/1.0 without a Host, and a client that waits for 100 Continue', async () => {
    expect(answerOf(await say('GET /health/live HTTP/1.0\r\n\r\n')).status).toBe(200);
    const asked = `POST /things HTTP/1.1\r\n${close}Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}`;
    expect(await say(asked)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  });

  it('is a request whose connection carries nonsense after it: its answer comes whole, then the end', async () => {
    const heard = await say('GET /slow HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n');
    expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answerOf(heard)).toMatchObject({ status: 200, body: '{"slow":true}' });
  });
});

it('HEAD tells the length that GET would have', async () => {
  const lengthOf = async (method: string) => {
    const { head, body } = answerOf(await say(`${method} /health/live HTTP/1.1\r\n${close}\r\n`));
    return [/content-length: (\d+)/.exec(head)?.[1], body.length > 0];
  };
  const [length] = await lengthOf('GET');
  expect(await lengthOf('HEAD')).toEqual([length, false]);
  expect(Number(length)).toBeGreaterThan(0);
});
