// Whether somebody still has access: on every service, and on a socket that was open before.
import { createClient } from '@holdfast/sdk';
import { until } from '@holdfast/shared/testing';
import { io, type Socket } from 'socket.io-client';
import { expect } from 'vitest';
import { gatewayUrl, type Person } from './business.ts';

/** What is changed is in force within this time. */
export const inForceMs = 5_000;

/** An open socket of a person, and why it ended. */
export type OpenSocket = { socket: Socket; ended: unknown[] };

/** The sockets of one test file. */
export function openAccess() {
  const sockets: Socket[] = [];
  return {
    closeSockets() {
      for (const socket of sockets.splice(0)) socket.close();
    },
    async listen({ token }: Pick<Person, 'token'>): Promise<OpenSocket> {
      const options = { transports: ['websocket'], reconnection: false, forceNew: true, auth: { token } };
      const socket = io(gatewayUrl(), options);
      sockets.push(socket);
      const ended: unknown[] = [];
      socket.on('session.ended', (message) => ended.push(message));
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
      return { socket, ended };
    },
    /** Every service refuses the person's token, and the socket is closed, in time. */
    async isLockedOut({ token }: Pick<Person, 'token'>, { socket, ended }: OpenSocket): Promise<void> {
      const client = createClient({ url: gatewayUrl(), attemptsMax: 1 });
      for (const path of ['/v1/me', '/v1/products', '/v1/stock', '/v1/orders']) {
        await until(async () => (await client.request('GET', path, { token })).status === 401, {
          what: `${path} is refused`,
          timeoutMs: inForceMs,
        });
      }
      await until(() => !socket.connected, { what: 'the socket is closed', timeoutMs: inForceMs });
      expect(ended).toEqual([{ reason: 'revoked' }]);
    },
  };
}
