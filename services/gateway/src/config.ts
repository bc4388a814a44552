// The gateway's settings: the only reader of the environment.
import { BlockList, isIP } from 'node:net';
import { urlList } from '@holdfast/shared/http';
import { processSettings, readSettings } from '@holdfast/shared/process';
import { z } from 'zod';
import { connectionsPerAddressMax, serviceUrlCountMax } from './limits.ts';

const commaList = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function readUrls(text: string, context: z.RefinementCtx): string[] {
  try {
    const urls = urlList(text);
    if (urls.length <= serviceUrlCountMax) return urls;
    context.addIssue({ code: 'custom', message: `has more than ${serviceUrlCountMax} addresses` });
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
  return z.NEVER;
}
const urls = () => z.string().min(1).transform(readUrls);

function isCidr(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && text !== 'null';
}

/** `100/600` is 100 requests in 600 seconds. */
const budget = (standard: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,5}$/, 'is <requests>/<seconds>')
    .default(standard)
    .transform((text) => {
      const [quota, windowSeconds] = text.split('/').map(Number);
      return { quota: quota!, windowSeconds: windowSeconds! };
    });

export const configSchema = z.object({
  ...processSettings(8080),
  AUTH_URL: urls().describe('Addresses of auth, separated by commas.'),
  CATALOG_URL: urls().describe('Addresses of catalog, separated by commas.'),
  INVENTORY_URL: urls().describe('Addresses of inventory, separated by commas.'),
  ORDERS_URL: urls().describe('Addresses of orders, separated by commas.'),
  REALTIME_URL: urls().describe('Addresses of realtime, separated by commas.'),
  REDIS_CACHE_URL: z
    .string()
    .min(1)
    .describe('The cache Redis: rate limits. Without it each process counts by itself.'),
  REDIS_URL: z.string().optional().describe('The streams Redis: revocations arrive at once. Without it, within 5 s.'),
  RATE_LIMITS: z.enum(['on', 'off']).default('on').describe('off is for tests, and refused in production.'),
  RATE_LIMIT_ANONYMOUS: budget('100/600').describe(
    'Requests without a valid token, per address: <requests>/<seconds>.',
  ),
  RATE_LIMIT_AUTH: budget('20/900').describe('Sign-up and sign-in, per address and account: <requests>/<seconds>.'),
  RATE_LIMIT_USER: budget('1000/60').describe('Signed-in requests per user: <requests>/<seconds>.'),
  RATE_LIMIT_TENANT: budget('60000/60').describe('Signed-in requests per tenant: <requests>/<seconds>.'),
  RATE_LIMIT_TENANT_PLUS: budget('600000/60').describe(
    'The same for tenants with the rate plan `plus`; those with `unlimited` have none: <requests>/<seconds>.',
  ),
  RATE_LIMIT_SOCKETS: budget('600/60').describe('Handshakes of sockets, per address: <requests>/<seconds>.'),
  RATE_LIMIT_CALLBACKS: budget('600/60').describe(
    'Notices of other systems, such as payment providers, per address and business: <requests>/<seconds>.',
  ),
  RATE_LIMIT_CALLBACKS_ALL: budget('6000/60').describe(
    'The same per address for all businesses: a provider notifies them from a few addresses: <requests>/<seconds>.',
  ),
  CONNECTIONS_PER_ADDRESS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(connectionsPerAddressMax)
    .describe('Connections of one address at a time; addresses of TRUSTED_PROXIES have no such limit.'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform(commaList)
    .refine((origins) => origins.every(isOrigin), 'lists exact origins such as https://shop.example')
    .describe('Origins of browser clients, separated by commas; never *.'),
  TLS: z
    .enum(['proxy'])
    .optional()
    .describe(
      'The gateway speaks HTTP: `proxy` says that TLS ends in front of it. Production does not start without saying so.',
    ),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform(commaList)
    .refine((ranges) => ranges.every(isCidr), 'lists addresses or CIDR ranges')
    .describe('Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed, separated by commas.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws an error that names every variable at fault, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return readSettings(configSchema, env, ({ RATE_LIMITS, TLS }) => [
    ...(RATE_LIMITS === 'off' ? ['RATE_LIMITS: off is refused in production'] : []),
    ...(TLS === undefined ? ['TLS: has to say that TLS ends in front of the gateway (proxy)'] : []),
  ]);
}
