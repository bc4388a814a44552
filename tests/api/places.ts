// The processes of the platform under test: the gateway, and each service behind it.
import { type Answer, type RequestOptions, request } from '@holdfast/sdk';
import { gatewayUrl } from '../e2e/business.ts';
import type { DescribedOperation } from './operations.ts';

type TestPlatform = { urls: Record<string, string>; secret: string; dataDir: string };

/** What the set-up of the run tells of the platform. */
export function testPlatform(): TestPlatform {
  return JSON.parse(process.env.HOLDFAST_TEST_PLATFORM ?? '{}') as TestPlatform;
}

/** One attempt at a process. */
export type Send = (method: string, path: string, options?: RequestOptions) => Promise<Answer>;

export const atGateway: Send = (method, path, options) => request(gatewayUrl(), method, path, options);

/** Past the gateway: what a service refuses, it refuses by itself. */
export function atService(service: string): Send {
  const url = testPlatform().urls[service];
  if (!url) throw new Error(`no service ${service} in HOLDFAST_TEST_PLATFORM`);
  return (method, path, options) => request(url, method, path, options);
}

/** The gateway and the operation's service. */
export function placesOf({ service }: DescribedOperation): [string, Send][] {
  return [
    ['gateway', atGateway],
    [service, atService(service)],
  ];
}
