// The only reader of the environment in this service.
import { databaseSettings, processSettings, readSettings, trustSettings } from '@holdfast/shared/process';
import { z } from 'zod';

const originList = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((origin) => origin.trim() !== ''))
  .pipe(z.array(z.url().transform((url) => new URL(url).origin)));

export const configSchema = z.object({
  ...processSettings(8085),
  ...databaseSettings('realtime'),
  ...trustSettings,
  PUBLIC_URL: originList.describe('Address of the gateway as clients see it; its origin may open sockets.'),
  CORS_ORIGINS: originList.describe('Origins of browser clients, separated by commas; never *.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws an error that names every variable at fault, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return readSettings(configSchema, env);
}
