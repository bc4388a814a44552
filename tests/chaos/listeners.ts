// Sockets that listen all along: one of the staff and one of a customer per tenant. They come back by themselves; what
// each connection heard, in its order, is what the checker looks at.
import type { Heard } from '@holdfast/checker';
import { io, type Socket } from 'socket.io-client';
import type { Caller, ChaosClient } from './client.ts';
import { comeBackMs } from './limits.ts';
import type { Shop } from './market.ts';

export type Listeners = {
  readonly heard: readonly Heard[];
  /** Connections made, the first ones included. */
  readonly connections: number;
  /** Whether this caller's socket is connected now. */
  isConnected(callerId: string): boolean;
  stop(): void;
};

type Message = { version?: number; sequence?: number; orderId?: string; variantId?: string };

/** Connects the listeners of all shops, by the gateways in turn. */
export function startListening(shops: readonly Shop[], gatewayUrls: readonly string[], client: ChaosClient): Listeners {
  const heard: Heard[] = [];
  const sockets = new Map<string, Socket>();
  let connections = 0;
  let turn = 0;
  let stopped = false;
  const listen = (caller: Caller, topics: string[]) => {
    const url = gatewayUrls[turn++ % gatewayUrls.length]!;
    const socket = io(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 1_000,
      auth: (give) => give({ token: caller.token }),
    });
    sockets.set(caller.id, socket);
    let connection = '';
    socket.on('connect', () => {
      connections += 1;
      connection = `${caller.id}#${connections}`;
      socket.emit('subscribe', { topics }, () => undefined);
    });
    // socket.io comes back by itself from a lost connection; not from a refusal (the token has expired, or keys are not
    // loaded yet) nor when the server ends the socket: there the client asks again.
    const comeBack = async () => {
      await client.signIn(caller).catch(() => undefined);
      if (!stopped && !socket.active) setTimeout(() => socket.connect(), comeBackMs).unref();
    };
    socket.on('connect_error', () => void comeBack());
    socket.on('disconnect', () => {
      if (!socket.active) void comeBack();
    });
    socket.onAny((name: string, message: Message) => {
      const subject = message.orderId ?? message.variantId;
      if (subject === undefined || message.version === undefined) return;
      const { version, sequence } = message;
      heard.push({ connection, tenantId: caller.tenantId, name, subject, version, sequence });
    });
  };
  for (const { owner, customers, hot, scarce } of shops) {
    for (const caller of [owner, customers[0]!]) listen(caller, [`variant:${hot}`, `variant:${scarce}`]);
  }
  return {
    heard,
    get connections() {
      return connections;
    },
    isConnected: (callerId) => sockets.get(callerId)?.connected === true,
    stop() {
      stopped = true;
      for (const socket of sockets.values()) socket.disconnect();
    },
  };
}
