// An app for tests of this folder: two operations of its own, a key of its own.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { defineApi, list } from '../contracts/index.ts';
import { createLogger, createMetrics } from '../telemetry/index.ts';
import { type TestTokens, testTokens } from '../testing/tokens.ts';
import { createHttpApp, type HttpAppOptions } from './app.ts';

export const { makeThing, readThing, endThing, listThings, ping } = defineApi('orders', 'Things', {
  makeThing: {
    method: 'POST',
    path: '/v1/things',
    summary: 'Make a thing',
    access: ['orders:create'],
    idempotencyKey: 'required',
    body: z.strictObject({
      name: z.string().max(10),
      inner: z.strictObject({ count: z.int() }).optional(),
      free: z.any().optional(),
    }),
    statuses: [201],
    answer: z.object({ id: z.string(), name: z.string() }),
  },
  readThing: {
    method: 'GET',
    path: '/v1/things/:id',
    summary: 'Read a thing',
    access: ['orders:read', 'orders:read:own'],
    params: z.strictObject({ id: z.string() }),
    statuses: [200],
    answer: z.object({ id: z.string() }),
  },
  endThing: {
    method: 'DELETE',
    path: '/v1/things/:id',
    summary: 'End a thing, which has no version',
    access: 'session',
    params: z.strictObject({ id: z.string() }),
    statuses: [204],
    answer: z.undefined(),
  },
  listThings: list({
    path: '/v1/things',
    summary: 'List things',
    access: 'session',
    filters: { kind: z.string().optional() },
    item: z.object({ id: z.string() }),
  }),
  ping: {
    method: 'POST',
    path: '/v1/ping',
    summary: 'No token needed',
    access: 'public',
    statuses: [204],
    answer: z.undefined(),
  },
});

export type TestApp = { app: FastifyInstance; tokens: TestTokens; logged: string[] };

/** An app without routes, whose log lines are kept. */
export async function testApp(options: Partial<HttpAppOptions> = {}): Promise<TestApp> {
  const tokens = await testTokens();
  const logged: string[] = [];
  const app = createHttpApp({
    service: 'things',
    log: createLogger({ service: 'things', level: 'info', destination: { write: (line) => void logged.push(line) } }),
    metrics: createMetrics('things'),
    verifier: tokens.verifier,
    cursorSecret: 'a secret of the tests',
    health: { checks: {} },
    ...options,
  });
  return { app, tokens, logged };
}
