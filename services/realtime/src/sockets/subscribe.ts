// The one message that a client may send: `subscribe { topics }`. Invariant: the answer is the same, after the same
// work, for an own, an unknown, a foreign id and one that is not for sale; a socket has a bounded number of topics;
// without an acknowledgement nothing happens.
import { type SubscribeAnswer, subscribeRequest } from '@holdfast/shared/contracts';
import type { Socket } from 'socket.io';
import { topicsPerSocketMax } from '../limits.ts';
import type { ForSale } from './for-sale.ts';
import { type Listener, readsStock, roomOfTopic, variantIdsOf } from './rooms.ts';

/** Starts to listen for `subscribe` of this socket. */
export function acceptSubscriptions(socket: Socket, caller: Listener, forSale: Pick<ForSale, 'follow'>): void {
  const topics = new Set<string>();
  socket.on('subscribe', async (request: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return;
    const answer: SubscribeAnswer = await subscribe({ socket, caller, known: topics, forSale }, request);
    acknowledge(answer);
  });
}

type Subscriber = { socket: Socket; caller: Listener; known: Set<string>; forSale: Pick<ForSale, 'follow'> };

async function subscribe({ socket, caller, known, forSale }: Subscriber, request: unknown): Promise<SubscribeAnswer> {
  const parsed = subscribeRequest.safeParse(request);
  if (!parsed.success) return { error: 'validation_failed' };
  const wanted = [...new Set(parsed.data.topics)];
  const added = wanted.filter((topic) => !known.has(topic));
  if (known.size + added.length > topicsPerSocketMax) return { error: 'too_many_topics' };
  for (const topic of added) known.add(topic);
  const rooms = added.map((topic) => roomOfTopic(topic, caller)).filter((room) => room !== undefined);
  await socket.join(rooms);
  try {
    if (!readsStock(caller)) await forSale.follow(caller.tenantId, variantIdsOf(added));
  } catch {
    // Not half subscribed: it would hear nothing and not know why.
    for (const room of rooms) await socket.leave(room);
    for (const topic of added) known.delete(topic);
    return { error: 'unavailable' };
  }
  return { topics: wanted };
}
