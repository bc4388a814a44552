// The one message that a client may send: `subscribe { topics }`. Invariant: the answer is the same for an own, an unknown and a foreign
// id; a socket has a bounded number of topics; without an acknowledgement nothing happens.
import { type SubscribeAnswer, subscribeRequest } from '@holdfast/shared/contracts';
import type { Socket } from 'socket.io';
import { topicsPerSocketMax } from '../limits.ts';
import { type Listener, roomOfTopic } from './rooms.ts';

/** Starts to listen for `subscribe` of this socket. */
export function acceptSubscriptions(socket: Socket, caller: Listener): void {
  const topics = new Set<string>();
  socket.on('subscribe', (request: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return;
    const answer: SubscribeAnswer = subscribe(socket, caller, topics, request);
    acknowledge(answer);
  });
}

function subscribe(socket: Socket, caller: Listener, known: Set<string>, request: unknown): SubscribeAnswer {
  const parsed = subscribeRequest.safeParse(request);
  if (!parsed.success) return { error: 'validation_failed' };
  const wanted = new Set(parsed.data.topics);
  if (new Set([...known, ...wanted]).size > topicsPerSocketMax) return { error: 'too_many_topics' };
  for (const topic of wanted) {
    known.add(topic);
    const room = roomOfTopic(topic, caller);
    if (room !== undefined) void socket.join(room);
  }
  return { topics: [...wanted] };
}
