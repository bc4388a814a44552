// For tests: a stand-in for the other services (their event streams through real relays,
// auth's two addresses) and clients of the socket.
import {
  type Domain,
  type DomainEvent,
  makeEvent,
  orderPlaced,
  sessionRevoked,
  stockUpdated,
  userUpdated,
  variantUpdated,
} from '@holdfast/shared/contracts';
import { messagingCollections, type Relay, startRelay } from '@holdfast/shared/messaging';
import { asTenant, createIndexes, type Database, openDatabase, storeEvents } from '@holdfast/shared/persistence';
import { createLogger } from '@holdfast/shared/telemetry';
import { type TestTokens, testName, testSettings, testTokens, until } from '@holdfast/shared/testing';
import { stampNow, systemClock } from '@holdfast/shared/values';
import fastify from 'fastify';
import { io, type Socket } from 'socket.io-client';
import { buildApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';

const log = createLogger({ service: 'realtime', level: 'silent' });

export type Fixture = {
  tokens: TestTokens;
  config: Config;
  /** Publishes events of a domain in one transaction-less write per event, in order. */
  publish(domain: Domain, events: DomainEvent[]): Promise<void>;
  /** Ready for sockets, unless its dependencies were changed. */
  startPod(change?: (deps: Deps) => Deps): Promise<Pod>;
  close(): Promise<void>;
};
export type Pod = { deps: Deps; url: string; stop(): Promise<void> };

/** Streams of their own for one test file. */
export async function openFixture(): Promise<Fixture> {
  const tokens = await testTokens();
  const auth = await standInForAuth(tokens);
  const more = { AUTH_URL: auth.url, PUBLIC_URL: 'https://shop.example', NODE_ENV: 'production' };
  const config = readConfig(testSettings('realtime', more));
  const sources = new Map<Domain, Promise<Source>>();
  const pods = new Set<Pod>();
  return {
    tokens,
    config,
    async publish(domain, events) {
      let source = sources.get(domain);
      if (!source) {
        source = openSource(config, testName(`rt-${domain}`), domain);
        sources.set(domain, source);
      }
      await (await source).publish(events);
    },
    async startPod(change) {
      const pod = await startPod(config, change);
      pods.add(pod);
      if (!change) await untilFollowing(pod);
      return { ...pod, stop: () => (pods.delete(pod) ? pod.stop() : Promise.resolve()) };
    },
    async close() {
      await Promise.all([...pods].map((pod) => pod.stop()));
      for (const source of sources.values()) await (await source).close();
      await auth.close();
    },
  };
}

async function standInForAuth({ jwks }: TestTokens) {
  const app = fastify();
  app.get('/.well-known/jwks.json', async () => jwks);
  app.get('/internal/revocations', async () => ({ revocations: [], now: new Date().toISOString() }));
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() };
}

type Source = { publish(events: DomainEvent[]): Promise<void>; close(): Promise<void> };

async function openSource(config: Config, name: string, domain: Domain): Promise<Source> {
  const database: Database = await openDatabase({
    uri: config.MONGODB_URI,
    name,
    evented: ['changes'],
    global: messagingCollections.global,
  });
  await createIndexes(database, [{ collection: 'changes', indexes: [] }]);
  const generation = config.STREAM_GENERATION;
  const relay: Relay = await startRelay({ database, redisUrl: config.REDIS_URL, domain, generation, log });
  const changes = database.db.collection<{ _id: string; tenantId: string; events: unknown[] }>('changes');
  return {
    async publish(events) {
      for (const event of events) {
        const tenantId = event.tenantid;
        const document = { _id: event.id, tenantId, events: storeEvents([event]) };
        await asTenant(tenantId, () => changes.insertOne(document));
      }
    },
    async close() {
      await relay.stop();
      await database.close();
    },
  };
}

async function startPod(config: Config, change = (deps: Deps) => deps): Promise<Pod> {
  const deps = change(await openDeps(config, { log }));
  const app = buildApp(deps);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  await deps.trust.ready;
  return {
    deps,
    url,
    async stop() {
      await app.close();
      await deps.close();
    },
  };
}

/** Until then it takes no sockets. */
async function untilFollowing({ url }: Pod): Promise<void> {
  const isFollowing = async () => {
    const answer = await fetch(`${url}/health/status`);
    const { checks } = (await answer.json()) as { checks: { publicLog: { ok: boolean } } };
    return checks.publicLog.ok;
  };
  await until(isFollowing, { what: 'the public log is followed' });
}

/** An order of a customer, placed and pending. */
export function placed(tenantId: string, orderId: string, customerId: string, version = 1): DomainEvent {
  const total = { amount: 1, currency: 'EUR' };
  const data = { orderId, customerId, status: 'PENDING', from: null, request: 1, total } as const;
  const lines = [{ variantId: 'var_1', quantity: 1 }];
  return makeEvent(orderPlaced, { tenantId, id: orderId, version }, stampNow(systemClock), { ...data, lines });
}

/** A variant as the catalog publishes it. */
export function variant(tenantId: string, variantId: string, version: number, forSale: boolean): DomainEvent {
  const about = { variantId, productId: 'prd_1', productName: 'Cap', sku: 'CAP-1', options: {} };
  const data = { ...about, price: { amount: 1, currency: 'EUR' }, forSale };
  return makeEvent(variantUpdated, { tenantId, id: variantId, version }, stampNow(systemClock), data);
}

/** A level with so many on hand and reserved. */
export function level(tenantId: string, variantId: string, version: number, onHand: number, reserved = 0): DomainEvent {
  const data = { variantId, locationId: 'loc_main', onHand, reserved, available: onHand - reserved };
  return makeEvent(stockUpdated, { tenantId, id: `lvl_${variantId}`, version }, stampNow(systemClock), data);
}

/** A session that ended. */
export function revoked(tenantId: string, sessionId: string, userId: string): DomainEvent {
  const data = { sessionId, userId, reason: 'logout', revokedAt: new Date().toISOString() } as const;
  return makeEvent(sessionRevoked, { tenantId, id: sessionId, version: 2 }, stampNow(systemClock), data);
}

/** A user whose tokens of a lower version are dead, but for those of one session. */
export function accessChanged(tenantId: string, userId: string, accessVersion: number, exceptSessionId: string) {
  const data = { userId, role: 'STAFF', status: 'active', accessVersion, exceptSessionId } as const;
  return makeEvent(userUpdated, { tenantId, id: userId, version: accessVersion }, stampNow(systemClock), data);
}

export type Heard = { name: string; message: Record<string, unknown> };
export type Client = { socket: Socket; heard: Heard[]; close(): void };

/** A connected client that writes down everything it hears; rejects with the server's refusal. */
export async function connect(url: string, token: unknown, headers: Record<string, string> = {}): Promise<Client> {
  const socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token },
    extraHeaders: headers,
  });
  const heard: Heard[] = [];
  socket.onAny((name: string, message: Record<string, unknown>) => heard.push({ name, message }));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', (error) => {
      socket.close();
      reject(error);
    });
  });
  return { socket, heard, close: () => socket.close() };
}
