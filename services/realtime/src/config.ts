// The only reader of the environment in this service.
import { logLevels } from '@holdfast/shared/telemetry';
import { z } from 'zod';

const originList = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((origin) => origin.trim() !== ''))
  .pipe(z.array(z.url().transform((url) => new URL(url).origin)));

export const configSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8085).describe('Port to listen on; 0 takes a free one.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  MONGODB_URI: z.string().min(1).describe('MongoDB replica set of this service.'),
  DATABASE_NAME: z.string().min(1).max(38).default('realtime').describe('Database that this service owns.'),
  REDIS_URL: z.string().min(1).describe('Redis of the event streams: noeviction, append-only file.'),
  STREAM_GENERATION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('g1')
    .describe('Generation in the keys of streams and leases.'),
  AUTH_URL: z.string().min(1).describe('Comma-separated URLs of auth: signing keys and revocations.'),
  INTERNAL_TOKEN: z.string().min(16).describe('Shared by the services of an installation, for /internal.'),
  HOLDFAST_SECRET: z
    .string()
    .min(32)
    .describe(
      'Secret of the installation, at least 32 characters; the places in the log that customers see are sealed with it.',
    ),
  PUBLIC_URL: originList.describe('Address of the gateway as clients see it; its origin may open sockets.'),
  CORS_ORIGINS: originList.describe('Origins of browser clients, separated by commas; never *.'),
  LOG_LEVEL: z.enum(logLevels).default('info').describe('Least severe level that is logged.'),
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('production')
    .describe('Outside `production` pages of this machine (localhost) may open sockets too.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws a ZodError that names every variable at fault. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return Object.freeze(configSchema.parse(env));
}
