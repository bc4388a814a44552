// The environment of a service: inherited, then secrets and addresses, then what the caller wants.
import { join } from 'node:path';
import { inheritedEnv } from './config.ts';
import { toolsDir } from './paths.ts';
import type { Instance, Placement } from './placement.ts';
import type { Secrets } from './secrets.ts';

/** Where auth writes mails when there is no mail server. */
export const mailLogOf = (dataDir: string): string => join(dataDir, 'mail.log');

export interface EnvironmentOptions {
  readonly placement: Placement;
  readonly secrets: Secrets;
  readonly dataDir: string;
  /** Added to every service's environment, last word included. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly gatewayHost?: string | undefined;
  /** Where clients find the gateway; without it, where it is. */
  readonly publicUrl?: string | undefined;
}

/** The environment of an instance with the addresses of this moment. */
export function environmentOf(instance: Instance, options: EnvironmentOptions): Record<string, string> {
  const { placement, secrets, dataDir, env, gatewayHost, publicUrl } = options;
  // The gateway's address is called what it is to its callers: the public one.
  const { GATEWAY_URL, ...addresses } = placement.addressesFor(instance.component);
  return {
    ...inheritedEnv(),
    NODE_ENV: 'development',
    // Compiled code is kept between starts: it takes a third off the start of every service.
    NODE_COMPILE_CACHE: join(toolsDir, 'compile-cache'),
    MAIL_LOG: mailLogOf(dataDir),
    STORAGE_DIR: join(dataDir, 'files'),
    ...secrets,
    ...addresses,
    ...(GATEWAY_URL === undefined ? {} : { PUBLIC_URL: publicUrl ?? GATEWAY_URL }),
    ...env,
    HOST: (instance.name === 'gateway' && gatewayHost) || '127.0.0.1',
    PORT: String(instance.port),
    INSTANCE_TOKEN: instance.token,
  };
}
