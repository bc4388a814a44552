// A service of one collection on real servers: what every service has,
// and that nothing stays open when one does not start.
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asSystem, defineCollection, field } from '../persistence/index.ts';
import { databaseSettings, processSettings, readSettings } from '../process/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { internalToken, testServers, testSettings, testTokens } from '../testing/index.ts';
import { buildServiceApp } from './build-service-app.ts';
import { type OpeningService, openService, type ServiceOptions } from './open-service.ts';

const log = createLogger({ service: 'things', level: 'silent' });
const things = defineCollection<{ id: string; tenantId: string; version: number }>({
  name: 'things',
  holds: 'A thing.',
  isEvented: true,
  fields: { version: field.number },
  indexes: [{ key: { tenantId: 1 }, serves: 'nothing' }],
});
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function settings(mongodbUri = testServers().mongodbUri) {
  const schema = z.object({ ...processSettings(0), ...databaseSettings('things') });
  return readSettings(schema, testSettings('things', { MONGODB_URI: mongodbUri }));
}

type Things = OpeningService<ReturnType<typeof settings>, { things: string }>;

function openThings<Own extends object>(
  openOwn: (service: Things) => Own | Promise<Own>,
  options: ServiceOptions & { mongodbUri?: string } = {},
) {
  const declaration = {
    name: 'inventory',
    publishes: 'inventory',
    config: settings(options.mongodbUri),
    collections: [things],
    stores: () => ({ things: 'things' }),
  } as const;
  return openService(declaration, { log, ...options }, openOwn);
}

const consuming = ({ startConsumer }: Things) =>
  startConsumer({ table: { domains: ['auth'] }, mode: 'effects-first', handle: async () => ({}) });

describe('an open service', () => {
  it('has its collections and indexes, and its own parts beside the declared ones', async () => {
    const service = await openThings(({ stores }) => ({ own: `my ${stores.things}` }));
    open.push(service);
    expect(service).toMatchObject({ name: 'inventory', own: 'my things' });
    const found = await asSystem('test', () => service.database.db.collection('things').indexes());
    expect(found.map(({ key }) => key)).toContainEqual({ tenantId: 1 });
  });

  it('shows operators the standard checks, under one name each, and its own', async () => {
    const trust = { verifier: (await testTokens()).verifier, check: { required: true, check: () => ({ ok: true }) } };
    const service = await openThings(async (things) => ({ trust, consumer: await consuming(things) }));
    open.push(service);
    const own = { required: false, check: () => ({ ok: true }) };
    const app = buildServiceApp(service, { checks: { own }, routes: (to) => void to.get('/own', async () => ({})) });
    open.push({ close: () => app.close() });
    const { checks, status } = (await app.inject('/health/status')).json();
    expect(Object.keys(checks)).toEqual(['mongodb', 'auth', 'relay', 'resync', 'consumer', 'own']);
    const required = Object.keys(checks).filter((name) => checks[name].required);
    expect([status, required]).toEqual(['ok', ['mongodb', 'auth']]);
    expect((await app.inject('/own')).statusCode).toBe(200);
    const metrics = (await app.inject('/metrics')).body;
    expect(metrics).toContain('holdfast_consumer_events_total');

    for (const url of ['/internal/resync', '/internal/dead-letters']) {
      expect((await app.inject(url)).statusCode).toBe(401);
      const headers = { authorization: `Bearer ${internalToken}` };
      expect((await app.inject({ url, headers })).statusCode).toBe(200);
    }
  });

  it('without a consumer has neither its check nor its routes', async () => {
    const trust = { verifier: (await testTokens()).verifier, check: { required: true, check: () => ({ ok: true }) } };
    const service = await openThings(() => ({ trust }));
    open.push(service);
    const app = buildServiceApp(service, { routes: () => {} });
    open.push({ close: () => app.close() });
    expect(Object.keys((await app.inject('/health/status')).json().checks)).not.toContain('consumer');
    expect((await app.inject('/internal/dead-letters')).statusCode).toBe(404);
  });

  it('counts what the tenancy guard refuses', async () => {
    const service = await openThings(() => ({}));
    open.push(service);
    await expect(service.database.db.collection('things').findOne({})).rejects.toThrow();
    expect(await service.metrics.text()).toMatch(/holdfast_tenancy_refusals_total\{.*\} 1/);
  });
});

describe('a service that does not start', () => {
  it('leaves no connection open when a part of its own does not', async () => {
    const seen: Things[] = [];
    const starting = openThings(async (things) => {
      seen.push(things);
      await consuming(things);
      throw new Error('no part');
    });
    await expect(starting).rejects.toThrow('no part');
    expect(seen[0]!.database.connection.readyState).toBe(0);
  });

  it('closes what is open when it is stopped meanwhile', async () => {
    const stopping = new AbortController();
    const seen: Things[] = [];
    const starting = openThings(
      async (things) => {
        seen.push(things);
        setImmediate(() => stopping.abort());
        await things.open('a part that never opens', () => new Promise(() => {}));
        return {};
      },
      { signal: stopping.signal },
    );
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen[0]!.database.connection.readyState).toBe(0);
  });

  it('waits for MongoDB, until it is stopped', async () => {
    const stopping = new AbortController();
    const starting = openThings(() => ({}), {
      signal: stopping.signal,
      mongodbUri: 'mongodb://127.0.0.1:9/?directConnection=true',
    });
    setImmediate(() => stopping.abort());
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
