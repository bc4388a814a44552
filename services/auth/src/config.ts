/** The configuration of auth: the only place where it reads the environment. */
import { logLevels } from '@holdfast/shared/telemetry';
import { z } from 'zod';
import { SECRET_LENGTH_MIN } from './limits.ts';

const developmentSecret = 'holdfast-development-secret-do-not-use-in-production';
const developmentToken = 'holdfast-development-internal-token-do-not-use';

export const configSchema = z
  .object({
    NODE_ENV: z
      .enum(['development', 'test', 'production'])
      .default('development')
      .describe('`production` refuses default and short secrets and cheap password hashes.'),
    HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(8081).describe('Port to listen on; 0 takes a free one.'),
    LOG_LEVEL: z.enum(logLevels).default('info').describe('Least severe log level that is written.'),
    MONGODB_URI: z
      .string()
      .default('mongodb://127.0.0.1:27017/?replicaSet=rs0')
      .describe('MongoDB replica set that holds the database of this service.'),
    DATABASE_NAME: z.string().min(1).max(38).default('auth').describe('Name of the database of this service.'),
    REDIS_URL: z
      .string()
      .default('redis://127.0.0.1:6379')
      .describe('Redis that carries the event streams (noeviction, append-only file).'),
    STREAM_GENERATION: z
      .string()
      .regex(/^[a-z0-9]{1,32}$/)
      .default('g1')
      .describe('Generation in the names of streams and leases; the same for the whole installation.'),
    HOLDFAST_SECRET: z
      .string()
      .min(1)
      .default(developmentSecret)
      .describe(
        'Secret of the installation. The password pepper and the key that seals signing keys come from it: with another one nobody can sign in.',
      ),
    INTERNAL_TOKEN: z
      .string()
      .min(1)
      .default(developmentToken)
      .describe('Token with which services of the installation call each other under /internal.'),
    PASSWORD_COST: z.coerce
      .number()
      .int()
      .min(4)
      .max(14)
      .default(10)
      .describe('Cost of bcrypt; each step doubles the time, 10 takes about 0.1 s. Production takes at least 10.'),
  })
  .superRefine((config, context) => {
    if (config.NODE_ENV !== 'production') return;
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    for (const [field, fallback] of [
      ['HOLDFAST_SECRET', developmentSecret],
      ['INTERNAL_TOKEN', developmentToken],
    ] as const) {
      if (config[field] === fallback) refuse(field, 'must be set in production');
      else if (config[field].length < SECRET_LENGTH_MIN) {
        refuse(field, `must have at least ${SECRET_LENGTH_MIN} characters in production`);
      }
    }
    if (config.PASSWORD_COST < 10) refuse('PASSWORD_COST', 'must be at least 10 in production');
  })
  .readonly();

export type Config = z.infer<typeof configSchema>;

/** The configuration from these variables; throws one error that names each bad one, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = configSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const flaws = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The configuration is not usable. ${flaws.join('; ')}`);
}
