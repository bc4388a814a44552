import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import mongoose from 'mongoose';
import { afterEach, describe, expect, it } from 'vitest';
import { testName, testServers } from '../testing/installation.ts';
import { until } from '../testing/until.ts';
import { silentLog } from '../values/index.ts';
import { defineCollection, field } from './collection/index.ts';
import { type Database, type DatabaseOptions, openDatabase } from './connection.ts';
import { asSystem, asTenant } from './context.ts';
import { createIndexes } from './indexes.ts';
import { tenantSchema } from './schema.ts';

const { mongodbUri: uri } = testServers();
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function open(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const name = testName('connection');
  const database = await openDatabase({ uri, name, evented: [], global: ['plain'], ...options });
  opened.push(database);
  return database;
}

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Passes connections of a port on to the tests' MongoDB. */
async function forward(port: number): Promise<Server> {
  const target = new URL(uri.replace('mongodb:', 'http:'));
  const server = createServer((socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const one of [socket, upstream]) one.on('error', () => one.destroy());
    socket.pipe(upstream).pipe(socket);
    socket.on('close', () => upstream.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('openDatabase', () => {
  it('writes to the majority and the journal, reads what the majority has', async () => {
    const { client, db, connection, ping } = await open();
    expect(client.options.writeConcern).toMatchObject({ w: 'majority', journal: true });
    expect(client.options.readConcern).toMatchObject({ level: 'majority' });
    expect(connection.db).toBe(db);
    await expect(ping()).resolves.toBeUndefined();
  });

  it('waits until MongoDB can be reached', async () => {
    const port = await freePort();
    const attempts: object[] = [];
    const log = { ...silentLog, warn: (fields: object) => void attempts.push(fields) };
    const address = `mongodb://127.0.0.1:${port}/?directConnection=true`;
    const waiting = open({ uri: address, log });
    await expect.poll(() => attempts.length, { timeout: 10_000 }).toBeGreaterThan(0);
    opened.push(await forward(port));
    await expect((await waiting).ping()).resolves.toBeUndefined();
    expect(JSON.stringify(attempts)).not.toContain('127.0.0.1');
  });

  it('stops waiting when it is told to', async () => {
    const port = await freePort();
    const stop = new AbortController();
    const waiting = open({ uri: `mongodb://127.0.0.1:${port}/?directConnection=true`, signal: stop.signal });
    const started = performance.now();
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('fails at once on an address that can never work', async () => {
    await expect(open({ uri: 'nonsense://x' })).rejects.toThrow();
  });

  it('lets no operator of a caller into a filter', async () => {
    const database = await open();
    const Thing = database.connection.model(
      'Thing',
      tenantSchema<{ _id: string; tenantId: string; n: number }>({ n: { type: Number, required: true } }),
    );
    const hostile = { n: { $gt: 0 } } as object;
    await expect(asTenant('a', () => Thing.find(hostile))).rejects.toThrow(mongoose.Error.CastError);
    await expect(asTenant('a', () => Thing.find({ unknown: 1 } as object))).rejects.toThrow();
    await expect(asTenant('a', () => Thing.find({ $where: 'true' } as object))).rejects.toThrow();
  });
});

describe('createIndexes', () => {
  it('creates collections and indexes, again and again', async () => {
    const database = await open();
    const things = defineCollection<{ id: string; tenantId: string; n: number }>({
      name: 'things',
      holds: 'A thing.',
      fields: { n: field.number },
      lists: [{ order: 'n', unique: true }],
    });
    const sources = [things, { collection: 'plain', indexes: [{ key: { slug: 1 }, unique: true }] }];
    await createIndexes(database, sources);
    await createIndexes(database, sources);
    const keys = await asSystem('test.look', async () =>
      (await database.db.collection('things').indexes()).map((index) => index.key),
    );
    expect(keys).toContainEqual({ tenantId: 1, n: 1 });
  });

  it("refuses a model of a tenant's collection without the plugin", async () => {
    const database = await open();
    database.connection.model('Bare', new mongoose.Schema({ n: Number }), 'bare');
    await expect(createIndexes(database, [{ collection: 'bare', indexes: [] }])).rejects.toThrow(
      'bare is neither declared global',
    );
  });

  it('refuses any other model of the connection without the plugin', async () => {
    const database = await open();
    database.connection.model('Bare', new mongoose.Schema({ n: Number }), 'bare');
    database.connection.model('Plain', new mongoose.Schema({ n: Number }), 'plain');
    await expect(createIndexes(database, [])).rejects.toThrow('bare is neither declared global');
  });

  it('refuses to let evented documents expire', async () => {
    const database = await open({ evented: ['orders'] });
    const index = { collection: 'orders', indexes: [{ key: { tenantId: 1, at: 1 }, expireAfterSeconds: 60 }] };
    await expect(createIndexes(database, [index])).rejects.toThrow('must not expire');
  });

  it('refuses a unique index without tenantId', async () => {
    const database = await open();
    const index = { collection: 'things', indexes: [{ key: { email: 1 }, unique: true }] };
    await expect(createIndexes(database, [index])).rejects.toThrow('must contain tenantId');
  });
});

it('a large write settles when its connection is closed before all of it has left', async () => {
  const links: { client: Socket; server: Socket }[] = [];
  const target = new URL(uri.replace('mongodb:', 'http:'));
  const road = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const one of [client, server]) one.on('error', () => one.destroy());
    client.pipe(server).pipe(client);
    links.push({ client, server });
  }).listen(0, '127.0.0.1');
  await once(road, 'listening');
  opened.push({ close: () => road.close() });
  const { port } = road.address() as AddressInfo;
  const { db } = await open({ uri: `mongodb://127.0.0.1:${port}/?directConnection=true` });
  await asSystem('test', () => db.collection('plain').insertOne({ text: 'first' }));

  for (const { client } of links) client.pause();
  const text = 'x'.repeat(4_000_000);
  let isSettled = false;
  const writing = asSystem('test', () => db.collection('plain').insertMany([{ text }, { text }, { text }]));
  const settled = writing.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  for (const { client, server } of links.splice(0)) {
    // The other side says that it ends, and only then takes what is still on its way: no error, and no `drain`.
    await until(() => client.readableLength + client.bytesRead > 0, { what: 'the server has answered' });
    client.unpipe(server);
    client.end();
    client.resume();
    client.on('end', () => server.destroy());
  }
  await until(() => isSettled, { what: 'the command has ended', timeoutMs: 10_000 });
  await settled;
});
