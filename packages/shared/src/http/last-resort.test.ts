// Whatever fails while a request is answered, also the answer to a failure: the client gets a problem of the catalogue.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../telemetry/index.ts';
import { readThing, testApp } from './app.fixture.ts';
import { registerOperation } from './operation-route.ts';

const diskFull = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function fullLog() {
  const write = () => {
    throw diskFull();
  };
  return createLogger({ service: 'things', level: 'info', destination: { write } });
}

/** What a client gets of a path when the log cannot be written. */
async function answerTo(build: (app: FastifyInstance) => void) {
  const { app, tokens } = await testApp({ log: fullLog() });
  open.push(app);
  build(app);
  const answer = await app.inject({ url: '/v1/things/1', headers: await tokens.bearer() });
  const { statusCode, headers, body } = answer;
  expect(body).not.toMatch(/ENOSPC|no space/);
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json',
    'x-content-type-options': 'nosniff',
    'content-length': String(Buffer.byteLength(body)),
  });
  return { statusCode, code: answer.json().code, headers };
}

const internal = { statusCode: 500, code: 'internal' };

describe('with a full disk', () => {
  it.each<[string, (app: FastifyInstance) => void]>([
    ['a bug', (app) => registerOperation(app, readThing, async () => Promise.reject(new Error('a bug')))],
    ['an answer that does not fit', (app) => registerOperation(app, readThing, async () => ({ body: 5 }) as never)],
    ['an error of the disk', (app) => app.get('/v1/things/:id', async () => Promise.reject(diskFull()))],
    ['something thrown that is no error', (app) => app.get('/v1/things/:id', async () => Promise.reject('text'))],
    ['nothing thrown', (app) => app.get('/v1/things/:id', async () => Promise.reject(undefined))],
    ['a payload that cannot be sent', (app) => app.get('/v1/things/:id', (_, reply) => reply.type('text/x').send(5))],
    [
      'a header that cannot be sent',
      (app) => app.get('/v1/things/:id', (_, reply) => reply.header('x-a', 'a\nb').send('')),
    ],
    [
      'a stream that fails before its first byte',
      (app) => {
        const failing = () => new Readable({ read: (): void => void failing.made?.destroy(diskFull()) });
        failing.made = undefined as Readable | undefined;
        app.get('/v1/things/:id', (_request, reply) => {
          failing.made = failing();
          return reply.send(failing.made);
        });
      },
    ],
  ])('%s is answered `internal`', async (_name, build) => {
    expect(await answerTo(build)).toMatchObject(internal);
  });

  it.each(['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend'] as const)(
    'a hook %s that throws, at every answer, is answered `internal`',
    async (name) => {
      const build = (app: FastifyInstance) => {
        app.addHook(name as 'onRequest', async () => {
          throw diskFull();
        });
        app.get('/v1/things/:id', async () => ({ id: '1' }));
      };
      expect(await answerTo(build)).toMatchObject(internal);
    },
  );

  it('a store that is down is answered `unavailable`', async () => {
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const answer = await answerTo((app) => registerOperation(app, readThing, async () => Promise.reject(away)));
    expect([answer.statusCode, answer.code, answer.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
  });

  it('a problem has nothing of the answer that it replaces', async () => {
    const { headers } = await answerTo((app) =>
      app.get('/v1/things/:id', async (_request, reply) => {
        reply.headers({ etag: '"1"', 'content-encoding': 'gzip', 'cache-control': 'public', link: '<x>' });
        throw new Error('a bug');
      }),
    );
    expect(Object.keys(headers)).not.toContain('etag');
    expect([headers['content-encoding'], headers.link, headers['cache-control']]).toEqual([
      undefined,
      undefined,
      'no-store',
    ]);
  });
});
