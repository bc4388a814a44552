// Settings that several services read: declared once, so that a variable means the same everywhere.
// Invariant: secrets have no default, and production refuses weak ones.
import { z } from 'zod';
import { logLevels } from '../telemetry/index.ts';
import { secretCharactersMin, secretLengthMin } from './limits.ts';

/** What every process reads. */
export function processSettings(port: number) {
  return {
    PORT: z.coerce.number().int().min(0).max(65_535).default(port).describe('Port to listen on; 0 takes a free one.'),
    HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
    LOG_LEVEL: z.enum(logLevels).default('info').describe('Least severe level that is logged.'),
    NODE_ENV: z
      .enum(['development', 'test', 'production'])
      .default('production')
      .describe('`production` refuses weak settings.'),
    INSTANCE_TOKEN: z
      .string()
      .optional()
      .describe(
        'Answered by /health/ready, so that whoever started this process knows it from another on its port. No secret.',
      ),
    INTERNAL_TOKEN: z.string().min(16).describe('Shared by the services of an installation, for /internal.'),
    STREAM_GENERATION: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .default('g1')
      .describe('Generation in the keys of streams and leases.'),
  };
}

/** What a service with a database reads besides. MongoDB allows database names of 38 bytes. */
export function databaseSettings(name: string) {
  return {
    MONGODB_URI: z.string().min(1).describe('MongoDB replica set of this service.'),
    DATABASE_NAME: z.string().min(1).max(38).default(name).describe('Database that this service owns.'),
    REDIS_URL: z.string().min(1).describe('Redis of the event streams: noeviction, append-only file.'),
    HOLDFAST_SECRET: z
      .string()
      .min(secretLengthMin)
      .describe(
        'Secret of the installation, the same for all services, at least 32 characters. Signing keys, passwords and cursors are protected with it: under another one nobody can sign in.',
      ),
  };
}

type Settings<Fields extends z.ZodRawShape> = Readonly<z.output<z.ZodObject<Fields>>>;
export type ProcessConfig = Settings<ReturnType<typeof processSettings>>;
export type DatabaseConfig = ProcessConfig & Settings<ReturnType<typeof databaseSettings>>;

/** Where auth is, for services that verify tokens. */
export const trustSettings = {
  AUTH_URL: z.string().min(1).describe('Comma-separated URLs of auth: signing keys and revocations.'),
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads, checks and freezes the settings; throws one error that names every variable at fault, and never a value. */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: Environment,
  productionFlaws: (settings: z.output<Schema>) => string[] = () => [],
): Readonly<z.output<Schema>> {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    throw unusable(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const settings = parsed.data;
  if (settings.NODE_ENV === 'production') {
    const flaws = [...weakSecrets(settings), ...productionFlaws(settings)];
    if (flaws.length > 0) throw unusable(flaws);
  }
  return Object.freeze(settings);
}

function unusable(flaws: readonly string[]): Error {
  return new Error(`The configuration is not usable. ${flaws.join('; ')}`);
}

function weakSecrets(settings: Readonly<Record<string, unknown>>): string[] {
  const names = ['HOLDFAST_SECRET', 'INTERNAL_TOKEN'].filter((name) => typeof settings[name] === 'string');
  const weak = names.filter((name) => isWeak(settings[name] as string));
  return weak.map((name) => `${name}: needs ${secretLengthMin} random characters in production`);
}

// Short, monotonous, or copied from somebody's example.
function isWeak(secret: string): boolean {
  const isSample = /change|example|default|development|secret|password/i.test(secret);
  return isSample || secret.length < secretLengthMin || new Set(secret).size < secretCharactersMin;
}
