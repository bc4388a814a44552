// From where somebody signs in, to be shown to them in the list of their sessions; nothing is decided by it.
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { addressLengthMax, userAgentLengthMax } from '../limits.ts';
import type { Device } from './session.ts';

/** The client as it names itself, and its address as the gateway saw it. */
export function deviceOf({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>): Device {
  const forwarded = String(headers['x-forwarded-for'] ?? '').slice(0, addressLengthMax);
  const userAgent = (headers['user-agent'] ?? '').slice(0, userAgentLengthMax).replaceAll(/[^\x20-\x7e]/g, '?');
  return { userAgent, address: isIP(forwarded) === 0 ? ip : forwarded };
}
