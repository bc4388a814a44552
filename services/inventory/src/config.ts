// The only reader of the environment in this service.
import { databaseSettings, processSettings, readSettings, trustSettings } from '@holdfast/shared/process';
import { z } from 'zod';

export const configSchema = z.object({
  ...processSettings(8083),
  ...databaseSettings('inventory'),
  ...trustSettings,
  ORDERS_URL: z
    .string()
    .min(1)
    .describe('Addresses of orders, separated by commas: asked by reconciliations what orders demand.'),
  RECONCILIATION_HOURS: z.coerce
    .number()
    .int()
    .min(0)
    .max(24 * 30)
    .default(24)
    .describe('Every business is reconciled by itself once in so many hours, each at a time of its own; 0: never.'),
  RECONCILIATION_CONFIRM_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(30)
    .describe('What a reconciliation suspects is checked again after so many seconds.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws an error that names every variable at fault, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return readSettings(configSchema, env);
}
