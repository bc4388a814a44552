// The only reader of the environment in this service.
import { databaseSettings, processSettings, readSettings } from '@holdfast/shared/process';
import { z } from 'zod';
import { passwordCostMinInProduction } from './limits.ts';

export const configSchema = z.object({
  ...processSettings(8081),
  ...databaseSettings('auth'),
  PASSWORD_COST: z.coerce
    .number()
    .int()
    .min(4)
    .max(14)
    .default(10)
    .describe('Cost of bcrypt: each step doubles the time, 10 takes about 0.1 s. Production takes at least 10.'),
  SIGNING_KEY_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe('A signing key is replaced by a new one after so many days; nobody is signed out by it.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws an error that names every variable at fault, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return readSettings(configSchema, env, ({ PASSWORD_COST }) =>
    PASSWORD_COST < passwordCostMinInProduction ? ['PASSWORD_COST: is too low for production'] : [],
  );
}
