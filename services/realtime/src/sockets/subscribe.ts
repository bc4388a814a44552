// The one message that a client may send: `subscribe { topics }`. Invariant: the answer is the same for an own, an unknown and a foreign
// id; a socket has a bounded number of topics; without an acknowledgement nothing happens.
import { type SubscribeAnswer, subscribeRequest } from '@holdfast/shared/contracts';
import type { Auth } from '@holdfast/shared/http';
import type { Socket } from 'socket.io';
import { topicsPerSocketMax } from '../limits.ts';
import { roomOfTopic } from './rooms.ts';

/** Starts to listen for `subscribe` of this socket. */
export function acceptSubscriptions(socket: Socket, auth: Auth): void {
  const topics = new Set<string>();
  socket.on('subscribe', (request: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return;
    const answer: SubscribeAnswer = subscribe(socket, auth, topics, request);
    acknowledge(answer);
  });
}

function subscribe(socket: Socket, auth: Auth, known: Set<string>, request: unknown): SubscribeAnswer {
  const parsed = subscribeRequest.safeParse(request);
  if (!parsed.success) return { error: 'validation_failed' };
  const wanted = new Set(parsed.data.topics);
  if (new Set([...known, ...wanted]).size > topicsPerSocketMax) return { error: 'too_many_topics' };
  for (const topic of wanted) {
    known.add(topic);
    const room = roomOfTopic(topic, auth);
    if (room !== undefined) void socket.join(room);
  }
  return { topics: [...wanted] };
}
