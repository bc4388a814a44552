// Sockets on real servers, with the client that customers use: who hears what, and when a socket ends.
import { type TokenFacts, until } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  accessChanged,
  type Client,
  connect,
  type Fixture,
  type Heard,
  level,
  openFixture,
  type Pod,
  placed,
  revoked,
  variant,
} from '../realtime.fixture.ts';

let fixture: Fixture;
let pod: Pod;
let otherPod: Pod;
const clients: Client[] = [];

beforeAll(async () => {
  fixture = await openFixture();
  pod = await fixture.startPod();
  otherPod = await fixture.startPod();
  // Both pods own partitions and follow the log once an event has come all the way.
  const tenantId = newId('ten');
  const [first, second] = [await join({ tenantId }), await join({ tenantId }, otherPod)];
  let version = 0;
  const areFollowing = async () => {
    version += 1;
    await fixture.publish('orders', [placed(tenantId, 'ord_warm', 'usr_1', version)]);
    return first.heard.length > 0 && second.heard.length > 0;
  };
  await until(areFollowing, { what: 'both pods follow', everyMs: 200 });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => fixture?.close());

type Who = Pick<TokenFacts, 'role' | 'userId' | 'sessionId' | 'accessVersion' | 'expiresInSeconds'> & {
  tenantId: string;
};

async function join(who: Who, at = pod): Promise<Client> {
  const client = await connect(at.url, await fixture.tokens.sign(who));
  clients.push(client);
  return client;
}

/** The catalog publishes a variant; resolves when that is in the log, so that what is published now comes after it. */
async function offer(tenantId: string, variantId: string, version: number, forSale: boolean): Promise<void> {
  await fixture.publish('catalog', [variant(tenantId, variantId, version, forSale)]);
  const { variants } = pod.deps.stores;
  const isKnown = async () => {
    const [known] = await variants.read(tenantId, [variantId]);
    return known?.version === version && known.forSale === forSale;
  };
  await until(isKnown, { what: 'the variant is in the log' });
}

const subscribe = (client: Client, ...topics: string[]) => client.socket.emitWithAck('subscribe', { topics });
const named = (client: Client, name: string) => client.heard.filter((one) => one.name === name);
const soon = (isSo: () => boolean, what: string) => until(isSo, { what, timeoutMs: 5_000 });
const closed = (client: Client) => soon(() => !client.socket.connected, 'the socket is closed');
/** Resolves once each of these has heard so many messages. */
const heard = (clients: Client[], counts: number[]) =>
  soon(() => clients.every((client, n) => client.heard.length === counts[n]), `${counts} messages are heard`);

describe('orders', () => {
  it("reach their customer with a cursor and staff with the sequence; another's order is like an unknown one", async () => {
    const tenantId = newId('ten');
    const [anna, ben] = [newId('usr'), newId('usr')];
    const orderId = newId('ord');
    const staff = await join({ tenantId, role: 'STAFF' });
    const buyer = await join({ tenantId, role: 'CUSTOMER', userId: anna });
    const other = await join({ tenantId, role: 'CUSTOMER', userId: ben });
    const unknown = newId('ord');
    expect(await subscribe(buyer, `order:${orderId}`)).toEqual({ topics: [`order:${orderId}`] });
    expect(await subscribe(other, `order:${orderId}`, `order:${unknown}`)).toEqual({
      topics: [`order:${orderId}`, `order:${unknown}`],
    });
    await fixture.publish('orders', [placed(tenantId, orderId, anna)]);
    await fixture.publish('orders', [placed(tenantId, newId('ord'), ben)]);
    await heard([staff, buyer, other], [2, 1, 1]);
    expect(buyer.heard[0]).toMatchObject({
      name: 'order.status',
      message: { orderId, status: 'PENDING', from: null, version: 1 },
    });
    expect(buyer.heard[0]!.message.cursor).toEqual(expect.any(String));
    expect(buyer.heard[0]!.message).not.toHaveProperty('sequence');
    expect(staff.heard.map((one) => one.message.sequence)).toEqual([1, 2]);
    expect(staff.heard[0]!.message).not.toHaveProperty('cursor');
    expect(JSON.stringify(other.heard)).not.toContain(orderId);
  });
});

describe('stock', () => {
  it('is exact for staff and at most 10 for customers, who learn nothing else', async () => {
    const tenantId = newId('ten');
    const variantId = newId('var');
    const staff = await join({ tenantId, role: 'SUPPORT' });
    const follower = await join({ tenantId, role: 'STAFF' });
    const customer = await join({ tenantId, role: 'CUSTOMER' });
    const bystander = await join({ tenantId, role: 'CUSTOMER' });
    await offer(tenantId, variantId, 1, true);
    await subscribe(customer, `variant:${variantId}`);
    await subscribe(follower, `variant:${variantId}`);
    await fixture.publish('inventory', [level(tenantId, variantId, 1, 53, 3)]);
    await heard([staff, follower, customer], [1, 2, 1]);
    const exact = { variantId, available: 50, onHand: 53, reserved: 3, version: 1, sequence: 2 };
    expect(staff.heard[0]).toMatchObject({ name: `stockUpdated:${tenantId}`, message: exact });
    expect(named(follower, 'stock.updated')[0]!.message).toMatchObject(exact);
    expect(customer.heard[0]!.name).toBe('stock.updated');
    expect(Object.keys(customer.heard[0]!.message).sort()).toEqual(
      ['available', 'cursor', 'eventId', 'time', 'variantId', 'version'].sort(),
    );
    expect(customer.heard[0]!.message.available).toBe(10);
    expect(bystander.heard).toEqual([]);
  });

  it('of a variant that is not for sale reaches staff only: a draft is like an unknown one, until it is published', async () => {
    const tenantId = newId('ten');
    const [draft, unknown] = [newId('var'), newId('var')];
    await offer(tenantId, draft, 1, false);
    const staff = await join({ tenantId });
    // On either pod, one of which has not seen the draft's event come by with a follower.
    const customers = [
      await join({ tenantId, role: 'CUSTOMER' }),
      await join({ tenantId, role: 'CUSTOMER' }, otherPod),
    ];
    for (const customer of customers) {
      expect(await subscribe(customer, `variant:${draft}`)).toEqual({ topics: [`variant:${draft}`] });
      expect(await subscribe(customer, `variant:${unknown}`)).toEqual({ topics: [`variant:${unknown}`] });
    }
    let version = 0;
    /** Changes the stock of both and waits until staff have heard of it. */
    const move = async () => {
      version += 1;
      await fixture.publish('inventory', [
        level(tenantId, unknown, version, version),
        level(tenantId, draft, version, version),
      ]);
      const told = () => staff.heard.filter(({ message }) => message.version === version);
      await soon(() => told().length === 2, 'staff hear of both');
    };
    await move();
    await offer(tenantId, draft, 2, true);
    await move();
    for (const customer of customers) {
      await heard([customer], [1]);
      expect(customer.heard[0]!.message).toMatchObject({ variantId: draft, version: 2 });
    }
    await offer(tenantId, draft, 3, false);
    await move();
    const late = await join({ tenantId, role: 'CUSTOMER' });
    await subscribe(late, `variant:${draft}`);
    await move();
    await offer(tenantId, draft, 4, true);
    await move();
    for (const customer of [...customers, late]) {
      const last = () => customer.heard.at(-1)?.message;
      await soon(() => last()?.variantId === draft && last()?.version === 5, 'the customer hears of it');
    }
    expect(customers.map((customer) => customer.heard.length)).toEqual([2, 2]);
    expect(late.heard).toHaveLength(1);
  });

  it('of a hot variant is coalesced: versions and sequences only grow, the last value always comes', async () => {
    const tenantId = newId('ten');
    const variantId = newId('var');
    const staff = await join({ tenantId });
    const changes = 150;
    const startedAt = performance.now();
    for (let version = 1; version <= changes; version += 1) {
      await fixture.publish('inventory', [level(tenantId, variantId, version, changes - version)]);
      if (version % 10 === 0) await fixture.publish('orders', [placed(tenantId, newId('ord'), 'usr_1')]);
    }
    const last = (heard: Heard[]) => heard.at(-1)?.message.version;
    await soon(() => last(named(staff, `stockUpdated:${tenantId}`)) === changes, 'the last change is heard');
    await soon(() => named(staff, 'order.status').length === 15, 'every order is heard of');
    const seconds = (performance.now() - startedAt) / 1_000;
    const stock = named(staff, `stockUpdated:${tenantId}`);
    expect(stock.length).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 2);
    const versions = stock.map((one) => Number(one.message.version));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    const sequences = staff.heard.map((one) => Number(one.message.sequence));
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });
});

describe('tenants', () => {
  it("hear nothing of each other, also with each other's ids and the same user id", async () => {
    const [a, b] = [newId('ten'), newId('ten')];
    const userId = newId('usr');
    const [orderId, variantId] = [newId('ord'), newId('var')];
    const own = await join({ tenantId: a });
    const staff = await join({ tenantId: b });
    const customer = await join({ tenantId: b, role: 'CUSTOMER', userId });
    for (const client of [staff, customer]) await subscribe(client, `order:${orderId}`, `variant:${variantId}`);
    await fixture.publish('orders', [placed(a, orderId, userId)]);
    await fixture.publish('inventory', [level(a, variantId, 1, 5)]);
    await heard([own], [2]);
    const [ownOrder, ownVariant] = [newId('ord'), newId('var')];
    await offer(b, ownVariant, 1, true);
    await subscribe(customer, `variant:${ownVariant}`);
    await fixture.publish('orders', [placed(b, ownOrder, userId)]);
    await fixture.publish('inventory', [level(b, ownVariant, 1, 5)]);
    await heard([staff, customer], [2, 2]);
    expect(JSON.stringify([staff.heard, customer.heard])).not.toMatch(new RegExp(`${orderId}|${variantId}|${a}`));
  });
});

describe('every pod', () => {
  it('reads the log itself: sockets on both hear the same', async () => {
    const tenantId = newId('ten');
    const both = [await join({ tenantId }), await join({ tenantId }, otherPod)];
    await fixture.publish('orders', [placed(tenantId, newId('ord'), 'usr_1')]);
    await heard(both, [1, 1]);
    expect(both[0]!.heard).toEqual(both[1]!.heard);
  });
});

describe('a socket ends', () => {
  it('when its session is revoked, within 5 s, on every pod; other sessions stay', async () => {
    const who = { tenantId: newId('ten'), userId: newId('usr'), sessionId: newId('ses') };
    const ending = [await join(who), await join(who, otherPod)];
    const staying = await join({ ...who, sessionId: newId('ses') });
    await fixture.publish('auth', [revoked(who.tenantId, who.sessionId, who.userId)]);
    for (const client of ending) {
      await closed(client);
      expect(client.heard).toContainEqual({ name: 'session.ended', message: { reason: 'revoked' } });
    }
    expect(staying.socket.connected).toBe(true);
    await expect(connect(pod.url, await fixture.tokens.sign(who))).rejects.toMatchObject({
      data: { code: 'unauthenticated' },
    });
  });

  it('when the key that signed its token is retired, whoever it is of', async () => {
    const third = await fixture.startPod();
    const ending = [await join({ tenantId: newId('ten') }, third), await join({ tenantId: newId('ten') }, third)];
    third.deps.trust.revocations.add({ keyId: 'another' });
    expect(ending.map(({ socket }) => socket.connected)).toEqual([true, true]);
    third.deps.trust.revocations.add({ keyId: fixture.tokens.kid });
    for (const client of ending) {
      await closed(client);
      expect(client.heard).toEqual([{ name: 'session.ended', message: { reason: 'revoked' } }]);
    }
    await third.stop();
  });

  it('when the rights of its user changed since its token was made; the session that goes on stays', async () => {
    const who = { tenantId: newId('ten'), userId: newId('usr') };
    const ending = [await join(who), await join({ ...who, accessVersion: 2 }, otherPod)];
    const staying = [
      await join({ ...who, sessionId: 'ses_kept' }),
      await join({ ...who, accessVersion: 3 }),
      await join({ ...who, userId: newId('usr') }),
    ];
    await fixture.publish('auth', [accessChanged(who.tenantId, who.userId, 3, 'ses_kept')]);
    for (const client of ending) {
      await closed(client);
      expect(client.heard).toEqual([{ name: 'session.ended', message: { reason: 'revoked' } }]);
    }
    expect(staying.map(({ socket }) => socket.connected)).toEqual([true, true, true]);
    await expect(connect(pod.url, await fixture.tokens.sign(who))).rejects.toMatchObject({
      data: { code: 'unauthenticated' },
    });
  });

  it('when its token expires', async () => {
    const client = await join({ tenantId: newId('ten'), expiresInSeconds: 2 });
    await closed(client);
    expect(client.heard).toEqual([{ name: 'session.ended', message: { reason: 'expired' } }]);
  });

  it('when it was refused: nobody tries one token after the other on a connection', async () => {
    const client = io(pod.url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: { token: 'x' },
    });
    const ended = new Promise((resolve) => client.io.engine.once('close', resolve));
    const refused = await new Promise<Error & { data?: unknown }>((resolve) => client.once('connect_error', resolve));
    expect(refused.data).toEqual({ code: 'unauthenticated' });
    await ended;
  });

  it('when it sends too much or too large', async () => {
    const flooding = await join({ tenantId: newId('ten') });
    for (let n = 0; n < 200; n += 1) flooding.socket.emit('noise', n);
    await closed(flooding);
    const huge = await join({ tenantId: newId('ten') });
    huge.socket.emit('noise', 'x'.repeat(17_000));
    await closed(huge);
  });

  it('never because of an unknown event or a bad request, which are answered or ignored', async () => {
    const client = await join({ tenantId: newId('ten') });
    client.socket.emit('noise', { $ne: 1 });
    client.socket.emit('subscribe', { topics: ['order:ord_1'] });
    for (const request of [
      undefined,
      { topics: [] },
      { topics: ['tenant:x'] },
      { topics: ['order:a', 1] },
      { topics: ['order:a'], rooms: ['tenant:x:staff'] },
      { topics: Array.from({ length: 101 }, (_, n) => `order:o${n}`) },
    ]) {
      expect(await client.socket.emitWithAck('subscribe', request)).toEqual({ error: 'validation_failed' });
    }
    for (let n = 0; n < 5; n += 1) {
      await subscribe(client, ...Array.from({ length: 100 }, (_, m) => `variant:v${n}x${m}`));
    }
    expect(await subscribe(client, 'variant:more')).toEqual({ error: 'too_many_topics' });
    expect(client.socket.connected).toBe(true);
  });
});

describe('no socket opens', () => {
  it('without a valid token', async () => {
    const good = await fixture.tokens.sign({ tenantId: newId('ten') });
    const expired = await fixture.tokens.sign({ expiresInSeconds: -5 });
    for (const token of [undefined, '', 7, { $ne: 1 }, 'nonsense', `${good}x`, expired]) {
      await expect(connect(pod.url, token)).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
    }
    await expect(connect(`${pod.url}?token=${good}`, undefined)).rejects.toMatchObject({
      data: { code: 'unauthenticated' },
    });
  });

  it('from a foreign origin, over polling, or at another path', async () => {
    const token = await fixture.tokens.sign({ tenantId: newId('ten') });
    const allowed = await connect(pod.url, token, { origin: 'https://shop.example' });
    allowed.close();
    for (const origin of [
      'https://evil.example',
      'null',
      'https://shop.example.evil.example',
      'http://localhost:8080',
    ]) {
      await expect(connect(pod.url, token, { origin })).rejects.toThrow();
    }
    const polling = await fetch(`${pod.url}/socket.io/?EIO=4&transport=polling`);
    expect(polling.status).toBe(400);
    expect((await fetch(`${pod.url}/health/ready`)).status).toBe(200);
  });
});

describe('stopping', () => {
  it('tells clients when to come back, then closes them', async () => {
    const third = await fixture.startPod();
    const client = await join({ tenantId: newId('ten') }, third);
    const ended = new Promise((resolve) => client.socket.once('disconnect', resolve));
    await third.stop();
    // Not "io server disconnect", after which a client would stay away.
    expect(await ended).toBe('transport close');
    expect(client.heard).toEqual([{ name: 'server.stopping', message: { reconnectAfterMs: expect.any(Number) } }]);
  });
});

it('a process that does not follow the log yet takes no sockets, because they would hear nothing', async () => {
  const following = Promise.withResolvers<void>();
  const late = await fixture.startPod((deps) => ({
    ...deps,
    followLog: (onEntry, onStart) => void following.promise.then(() => deps.followLog(onEntry, onStart)),
  }));
  const tenantId = newId('ten');
  await expect(join({ tenantId }, late)).rejects.toThrow('websocket error');
  following.resolve();
  await until(async () => (await join({ tenantId }, late)).socket.connected, { what: 'it takes sockets' });
  await late.stop();
});

it('a subscription that cannot be read is refused as a whole, and is accepted in full once it can', async () => {
  const tenantId = newId('ten');
  const variantId = newId('var');
  const topic = `variant:${variantId}`;
  let canRead = false;
  const third = await fixture.startPod((deps) => {
    const { variants } = deps.stores;
    const read: typeof variants.read = (...wanted) =>
      canRead ? variants.read(...wanted) : Promise.reject(new Error('no server answers'));
    return { ...deps, stores: { ...deps.stores, variants: { ...variants, read } } };
  });
  const sockets: Client[] = [];
  await until(async () => sockets.push(await join({ tenantId, role: 'CUSTOMER' }, third)) > 0, { what: 'sockets' });
  const customer = sockets[0]!;
  const staff = await join({ tenantId }, third);
  expect(await subscribe(customer, topic, `order:${newId('ord')}`)).toEqual({ error: 'unavailable' });
  // Staff hear of drafts too, so nothing has to be read for them.
  expect(await subscribe(staff, topic)).toEqual({ topics: [topic] });

  await offer(tenantId, variantId, 1, true);
  await fixture.publish('inventory', [level(tenantId, variantId, 1, 5)]);
  await heard([staff], [2]);
  canRead = true;
  expect(await subscribe(customer, topic)).toEqual({ topics: [topic] });
  await fixture.publish('inventory', [level(tenantId, variantId, 2, 4)]);
  await heard([staff, customer], [4, 1]);
  expect(customer.heard[0]!.message).toMatchObject({ variantId, version: 2 });
  await third.stop();
});
