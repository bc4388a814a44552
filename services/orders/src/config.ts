// The only reader of the environment in this service.
import { databaseSettings, processSettings, readSettings, trustSettings } from '@holdfast/shared/process';
import { z } from 'zod';

export const configSchema = z.object({
  ...processSettings(8084),
  ...databaseSettings('orders'),
  ...trustSettings,
  INVENTORY_URL: z
    .string()
    .min(1)
    .describe('Addresses of inventory, separated by commas: asked by quotes what can be had.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws an error that names every variable at fault, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return readSettings(configSchema, env);
}
