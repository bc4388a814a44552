import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { compressBytesMin, compressedStreamCountMax } from '../limits.ts';
import { addCompression } from './compress-answers.ts';

const text = JSON.stringify({ data: 'x'.repeat(5_000) });
const apps: FastifyInstance[] = [];
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

function answering(answer: (app: FastifyInstance) => void): FastifyInstance {
  const app = fastify();
  addCompression(app);
  answer(app);
  apps.push(app);
  return app;
}
const sending = (payload: () => unknown, headers: Record<string, string> = {}) =>
  answering((app) =>
    app.get('/', (_request, reply) => reply.type('application/json').headers(headers).send(payload())),
  );
const get = (app: FastifyInstance, encoding: string) =>
  app.inject({ url: '/', headers: { 'accept-encoding': encoding } });

describe('an answer', () => {
  it.each([
    ['text', () => text],
    ['bytes', () => Buffer.from(text)],
    ['a stream', () => Readable.from([text.slice(0, 100), text.slice(100)])],
  ])('of %s is compressed as the client wants it', async (_name, payload) => {
    const app = sending(payload, { etag: '"7"' });
    const [br, gzip, plain] = [await get(app, 'gzip, br'), await get(app, 'gzip'), await get(app, 'identity')];
    expect(brotliDecompressSync(br.rawPayload).toString()).toBe(text);
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(text);
    expect(plain.body).toBe(text);
    const told = [br, gzip, plain].map(({ headers }) => [headers['content-encoding'], headers.etag, headers.vary]);
    expect(told).toEqual([
      ['br', 'W/"7"', 'accept-encoding'],
      ['gzip', 'W/"7"', 'accept-encoding'],
      [undefined, '"7"', undefined],
    ]);
  });

  it.each([
    ['is short', () => 'x'.repeat(compressBytesMin - 1), {}],
    ['is compressed already', () => Buffer.from(text), { 'content-encoding': 'zstd' }],
    ['is no text', () => Buffer.from(text), { 'content-type': 'image/png' }],
  ])('that %s stays as it is', async (_name, payload, headers) => {
    const { rawPayload } = await get(sending(payload, headers), 'gzip');
    expect(rawPayload.equals(Buffer.from(payload()))).toBe(true);
  });

  it('to HEAD tells no length that GET would not have', async () => {
    const app = answering((made) =>
      made.head('/', (_request, reply) =>
        reply.headers({ 'content-length': '5000', 'content-type': 'application/json' }).send(),
      ),
    );
    const headOf = async (encoding: string) => {
      const { headers } = await app.inject({ method: 'HEAD', url: '/', headers: { 'accept-encoding': encoding } });
      return [headers['content-length'], headers['content-encoding']];
    };
    expect([await headOf('gzip'), await headOf('identity')]).toEqual([
      [undefined, 'gzip'],
      ['5000', undefined],
    ]);
  });

  it('that is a stream is compressed only while few others are', async () => {
    const stopped: Readable[] = [];
    const app = answering((made) =>
      made.get('/', (request, reply) => {
        const stream = request.headers['x-stop'] ? new Readable({ read() {} }) : Readable.from([text]);
        if (request.headers['x-stop']) stopped.push(stream);
        return reply.type('application/json').send(stream);
      }),
    );
    const headers = { 'accept-encoding': 'gzip', 'x-stop': '1' };
    const waiting = Array.from({ length: compressedStreamCountMax }, () => app.inject({ url: '/', headers }));
    await app.ready();
    for (const one of waiting) one.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toHaveLength(compressedStreamCountMax);
    expect((await get(app, 'gzip')).headers['content-encoding']).toBeUndefined();
    for (const stream of stopped) stream.push(null);
    await Promise.all(waiting);
    expect((await get(app, 'gzip')).headers['content-encoding']).toBe('gzip');
  });
});
