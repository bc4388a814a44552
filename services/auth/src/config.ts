/** The configuration of auth: the only place where it reads the environment. */
import { logLevels } from '@holdfast/shared/telemetry';
import { z } from 'zod';
import { PASSWORD_COST_MIN_IN_PRODUCTION, SECRET_CHARACTERS_MIN, SECRET_LENGTH_MIN } from './limits.ts';

export const configSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8081).describe('Port to listen on; 0 takes a free one.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  MONGODB_URI: z.string().min(1).describe('MongoDB replica set of this service.'),
  DATABASE_NAME: z.string().min(1).default('auth').describe('Database that this service owns.'),
  REDIS_URL: z.string().min(1).describe('Redis of the event streams: noeviction, append-only file.'),
  STREAM_GENERATION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('g1')
    .describe('Generation in the keys of streams and leases.'),
  INTERNAL_TOKEN: z.string().min(16).describe('Shared by the services of an installation, for /internal.'),
  HOLDFAST_SECRET: z
    .string()
    .min(SECRET_LENGTH_MIN)
    .describe(
      'Secret of the installation, at least 32 characters. The password pepper and the key that seals signing keys come from it: under another one nobody can sign in.',
    ),
  PASSWORD_COST: z.coerce
    .number()
    .int()
    .min(4)
    .max(14)
    .default(10)
    .describe('Cost of bcrypt: each step doubles the time, 10 takes about 0.1 s. Production takes at least 10.'),
  LOG_LEVEL: z.enum(logLevels).default('info').describe('Least severe level that is logged.'),
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('production')
    .describe('`production` refuses weak settings.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment; throws one error that names every variable at fault, and never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = configSchema.safeParse(env);
  const flaws = parsed.success
    ? productionFlaws(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (!parsed.success || flaws.length > 0) throw new Error(`The configuration is not usable. ${flaws.join('; ')}`);
  return Object.freeze(parsed.data);
}

function productionFlaws(config: z.output<typeof configSchema>): string[] {
  if (config.NODE_ENV !== 'production') return [];
  const weak = (['HOLDFAST_SECRET', 'INTERNAL_TOKEN'] as const).filter((name) => isWeak(config[name]));
  const flaws = weak.map((name) => `${name}: needs ${SECRET_LENGTH_MIN} random characters in production`);
  if (config.PASSWORD_COST < PASSWORD_COST_MIN_IN_PRODUCTION) flaws.push('PASSWORD_COST: is too low for production');
  return flaws;
}

// Short, monotonous, or copied from somebody's example.
function isWeak(secret: string): boolean {
  const isSample = /change|example|default|development|secret|password/i.test(secret);
  return isSample || secret.length < SECRET_LENGTH_MIN || new Set(secret).size < SECRET_CHARACTERS_MIN;
}
