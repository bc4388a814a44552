// For tests of imports and exports: a catalog with a folder of its own for files, and a server that answers what auth,
// inventory and orders would.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@holdfast/shared/testing';
import { type Answer, type Body, type Fixture, openFixture, type Who } from '../catalog.fixture.ts';

/** What a neighbour answers to a path and body; undefined is 503. */
export type Neighbour = (path: string, body: Body) => object | undefined;
export type JobFixture = Awaited<ReturnType<typeof openJobFixture>>;

/** Every business keeps its books in euros. */
export const inEuros: Neighbour = (path) => (path.startsWith('/internal/tenants/') ? { currency: 'EUR' } : undefined);

export async function openJobFixture(first: Neighbour = inEuros, env: Readonly<Record<string, string>> = {}) {
  let neighbour = first;
  const asked: { path: string; body: Body }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const body = text === '' ? undefined : JSON.parse(text);
    asked.push({ path: request.url!, body });
    const answer = neighbour(request.url!, body);
    response.writeHead(answer ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-jobs-'));
  const urls = { AUTH_URL: url, INVENTORY_URL: url, ORDERS_URL: url, STORAGE_DIR: folder };
  const fixture: Fixture = await openFixture({ ...urls, ...env });

  const upload = async (who: Who, query: string, file: string | Buffer, headers: Record<string, string> = {}) => {
    const token = await fixture.tokens.bearer(who);
    const all = { ...token, 'content-type': 'text/csv', ...headers };
    const answer = await fixture.app.inject({
      method: 'POST',
      url: `/v1/imports?${query}`,
      headers: all,
      payload: file,
    });
    return { status: answer.statusCode, body: answer.json() as Body, headers: answer.headers };
  };
  const ended = async (who: Who, path: string): Promise<Body> => {
    const read = async () => {
      const { body } = await fixture.as(who).get(path);
      return ['done', 'failed'].includes(body.status) && body;
    };
    return (await until(read, { what: `${path} has ended` })) as Body;
  };
  const text = async (who: Who, path: string) => {
    const answer = await fixture.app.inject({ url: path, headers: await fixture.tokens.bearer(who) });
    return { status: answer.statusCode, text: answer.body, headers: answer.headers };
  };
  return {
    ...fixture,
    asked,
    folder,
    upload,
    ended,
    text,
    answerWith: (next: Neighbour) => {
      neighbour = next;
    },
    /** Uploads a file and waits until its import has ended. */
    async import(who: Who, query: string, file: string | Buffer): Promise<Body> {
      const { status, body } = await upload(who, query, file);
      if (status !== 202) throw new Error(`the file was not taken: ${JSON.stringify(body)}`);
      return ended(who, `/v1/imports/${body.id}`);
    },
    /** The flaws of an import, without the header line. */
    async errors(who: Who, id: string): Promise<string[]> {
      return (await text(who, `/v1/imports/${id}/errors`)).text.trim().split('\r\n').slice(1);
    },
    /** Asks for an export and waits for its file. */
    async export(who: Who, body: Body): Promise<string> {
      const { body: queued } = await fixture.as(who).post('/v1/exports', body);
      const { status } = await ended(who, `/v1/exports/${queued.id}`);
      if (status !== 'done') throw new Error(`the export ended as ${status}`);
      return (await text(who, `/v1/exports/${queued.id}/file`)).text;
    },
    async variants(who: Who): Promise<Body[]> {
      const { body } = await fixture.as(who).get('/v1/variants?limit=100');
      return body.data.toSorted((a: Body, b: Body) => (a.sku < b.sku ? -1 : 1));
    },
    async close() {
      await fixture.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type { Answer };
