// What is heard at the sockets of tenant B while A is busy: nothing of A, whatever B asks to hear.
import { type SubscribeAnswer, socketEvents } from '@holdfast/shared/contracts';
import { until } from '@holdfast/shared/testing';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatewayUrl } from '../e2e/business.ts';
import { populate, type World } from './world.ts';

let a: World;
let b: World;
const sockets: Socket[] = [];
beforeAll(async () => {
  [a, b] = await Promise.all([populate(), populate()]);
});
afterAll(() => {
  for (const socket of sockets) socket.close();
});

type Ear = { socket: Socket; heard: string[] };

async function listen(token: string): Promise<Ear> {
  const socket = io(gatewayUrl(), { transports: ['websocket'], reconnection: false, forceNew: true, auth: { token } });
  sockets.push(socket);
  const heard: string[] = [];
  socket.onAny((...message: unknown[]) => heard.push(JSON.stringify(message)));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return { socket, heard };
}

const subscribe = ({ socket }: Ear, topics: string[]) =>
  socket.emitWithAck('subscribe', { topics }) as Promise<SubscribeAnswer>;

it('B hears its own, and nothing of A', async () => {
  const earsOfB = [await listen(b.business.owner.token), await listen(b.customer.token)];
  const earsOfA = [await listen(a.business.owner.token), await listen(a.customer.token)];
  const topicsOf = ({ ids }: World) => [`order:${ids.order}`, `variant:${ids.variant}`];
  for (const ear of earsOfB) {
    // Foreign topics are taken like unknown ones, and lead nowhere.
    for (const topics of [topicsOf(a), topicsOf(b), ['order:ord_unknown', 'variant:var_unknown']])
      expect(await subscribe(ear, topics)).toEqual({ topics });
  }
  for (const ear of earsOfA) await subscribe(ear, topicsOf(a));

  for (const world of [a, b]) {
    for (const token of [world.business.owner.token, world.customer.token])
      expect((await world.business.order(world.ids.variant!, 1, { token })).status).toBe(201);
    await world.business.call('POST', `/v1/orders/${world.ids.order}/cancel`, { token: world.business.owner.token });
  }
  const hasHeard = ({ heard }: Ear, { ids }: World) =>
    [ids.variant!, ids.order!].every((id) => heard.some((message) => message.includes(id)));
  for (const [world, ears] of [
    [a, earsOfA],
    [b, earsOfB],
  ] as const)
    await until(() => ears.every((ear) => hasHeard(ear, world)), { what: 'everybody has heard their own' });

  const foreign = [...Object.values(a.ids), a.business.tenantId, a.business.owner.id, a.canary];
  for (const { heard } of earsOfB) {
    for (const id of foreign) expect(heard.join('\n')).not.toContain(id);
  }
  expect(earsOfB[0]!.heard.join('\n')).toContain(socketEvents.stockUpdatedOf(b.business.tenantId));
});
