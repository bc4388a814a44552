// An import whose process is killed ends with the data of one whose process was not.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AnyCollection,
  asSystem,
  asTenant,
  createIndexes,
  type Database,
  openDatabase,
} from '@holdfast/shared/persistence';
import { connectRedis } from '@holdfast/shared/redis';
import { testServers, testSettings, until } from '@holdfast/shared/testing';
import { newId, silentLog, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collections, openStores, type Stores } from '../deps.ts';
import { folderStorage } from '../storage/folder-storage.ts';
import { createImport } from './create-import.ts';

const rowCount = 6_000;
/** Variants of one product are spread over the file, so that every product is changed by several steps. */
const rows = Array.from({ length: rowCount }, (_, n) => {
  const price = n % 100 === 7 ? 'free' : `${n}.50`;
  return `SKU-${n},Product ${n % 1_500},${price},${n % 5},shirts > ${n % 3}`;
});
const file = Buffer.from(`sku,name,price,initialStock,category\n${rows.join('\n')}\nsku-11,Product 1,1,1,\n`);
const failed = rowCount / 100 + 1;

let folder: string;
let database: Database;
let stores: Stores;
let settings: Record<string, string>;
const children = new Set<ChildProcess>();
const auth = createServer((_request, response) => response.end(JSON.stringify({ currency: 'EUR' })));

beforeAll(async () => {
  await new Promise<void>((resolve) => auth.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  const AUTH_URL = `http://127.0.0.1:${(auth.address() as AddressInfo).port}`;
  settings = testSettings('catalog', { AUTH_URL, STORAGE_DIR: folder, PORT: '0' });
  const evented = collections.flatMap(({ isEvented, name }) => (isEvented ? [name] : []));
  const { MONGODB_URI: uri, DATABASE_NAME: name } = settings;
  const global = collections.flatMap(({ isGlobal, name: collection }: AnyCollection) => (isGlobal ? [collection] : []));
  database = await openDatabase({ uri: uri!, name: name!, evented, global });
  await createIndexes(database, collections);
  stores = openStores(database);
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await database.close();
  auth.closeAllConnections();
  auth.close();
  await rm(folder, { recursive: true, force: true });
});

/** The real process of the catalog. */
function start(): ChildProcess {
  const main = join(import.meta.dirname, '../main.ts');
  const child = spawn(process.execPath, [main], { env: { ...process.env, ...settings }, stdio: 'ignore' });
  children.add(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  children.delete(child);
}

async function queue(tenantId: string): Promise<string> {
  async function* source() {
    yield file;
  }
  const permissions = new Set(['products:write']);
  const caller = { tenantId, userId: 'usr_1', role: 'OWNER', permissions };
  const deps = { ...stores, storage: folderStorage(folder), clock: systemClock, log: silentLog };
  const importQueue = { enqueue: () => {}, stop: async () => {} };
  const command = { caller, plan: 'standard', kind: 'products', decimal: 'point', source: source() } as const;
  const { created } = await asTenant(tenantId, () => createImport(command, { ...deps, importQueue }));
  return created.id;
}

const read = (tenantId: string, id: string) => asTenant(tenantId, () => stores.imports.read({ tenantId, id }));

/** What time would do: the process that is gone counts as gone. */
async function abandon(tenantId: string, id: string): Promise<void> {
  const update = { $set: { dueAt: new Date(0), events: [] } };
  await asTenant(tenantId, () => stores.imports.native.updateOne({ tenantId, _id: id }, update));
}

/** All that an import has left behind, but for ids and times. */
async function dataOf(tenantId: string, importId: string) {
  const all = (name: string) =>
    asTenant(tenantId, () =>
      database.db
        .collection(name)
        .find({ tenantId }, { sort: { _id: 1 } })
        .toArray(),
    );
  const products = await all('products');
  const nameOf = new Map(products.map(({ _id, name }) => [String(_id), name]));
  const shown = (await all('variants')).map(
    ({ sku, productId, productName, price, options, status, version, initialStock }) => {
      return { sku, product: nameOf.get(productId), productName, price, options, status, version, initialStock };
    },
  );
  const errors = (await all('import_errors')).map(({ line, column, code, message }) => ({
    line,
    column,
    code,
    message,
  }));
  const job = (await read(tenantId, importId))!;
  const { status, rowsTotal, rowsRead, rowsDone, rowsFailed } = job;
  return {
    variants: shown.toSorted((one, other) => (one.sku < other.sku ? -1 : 1)),
    products: products
      .map(({ name, category, variantCount, version }) => ({ name, category, variantCount, version }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    categories: (await all('categories')).map(({ name }) => name).sort(),
    errors,
    counts: { status, rowsTotal, rowsRead, rowsDone, rowsFailed },
  };
}

describe('an import of 6,000 rows', () => {
  it('that is killed twice ends as one that is not', { timeout: 180_000 }, async () => {
    const [killed, undisturbed] = [newId('ten'), newId('ten')];
    const id = await queue(killed);
    const reaches = (count: number) =>
      until(async () => (await read(killed, id))!.rowsRead >= count, { what: `${count} rows`, timeoutMs: 60_000 });
    let child = start();
    await reaches(1_000);
    await kill(child);
    const first = (await read(killed, id))!;
    expect([first.status, first.rowsRead < rowCount]).toEqual(['running', true]);
    // The queue has gone with the process: what is due is found without it.
    const redis = connectRedis(testServers().redisUrl, { purpose: 'test' });
    const keys = await redis.keys(`{jobs:${settings.STREAM_GENERATION}}*imports*`);
    if (keys.length > 0) await redis.del(...keys);
    redis.disconnect();
    await abandon(killed, id);
    child = start();
    await reaches(first.rowsRead + 1_000);
    await kill(child);
    const second = (await read(killed, id))!;
    expect([second.status, second.rowsRead < rowCount]).toEqual(['running', true]);
    await abandon(killed, id);
    start();
    const ends = (tenantId: string, importId: string) =>
      until(async () => (await read(tenantId, importId))!.status === 'done', { what: 'its end', timeoutMs: 60_000 });
    await ends(killed, id);
    const other = await queue(undisturbed);
    await ends(undisturbed, other);
    const [after, expected] = [await dataOf(killed, id), await dataOf(undisturbed, other)];
    expect(expected.counts).toEqual({
      status: 'done',
      rowsTotal: rowCount + 1,
      rowsRead: rowCount + 1,
      rowsDone: rowCount + 1 - failed,
      rowsFailed: failed,
    });
    expect(expected.variants).toHaveLength(rowCount + 1 - failed);
    expect(after).toEqual(expected);
  });

  it('leaves no file behind', async () => {
    const left = () => asSystem('test', () => stores.imports.listExpired(new Date()));
    await until(async () => (await left()).length === 0, { what: 'the files are removed' });
  });
});
