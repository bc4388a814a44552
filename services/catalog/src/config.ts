// The only reader of the environment in this service.
import { databaseSettings, processSettings, readSettings, trustSettings } from '@holdfast/shared/process';
import { z } from 'zod';

const optionalText = z
  .string()
  .transform((text) => (text === '' ? undefined : text))
  .optional();

export const configSchema = z.object({
  ...processSettings(8082),
  ...databaseSettings('catalog'),
  ...trustSettings,
  REDIS_CACHE_URL: z
    .string()
    .min(1)
    .optional()
    .describe('The cache Redis: answers of the catalog. Without it each process keeps them for a moment.'),
  INVENTORY_URL: z
    .string()
    .min(1)
    .describe(
      'Addresses of inventory, separated by commas: asked for stock that is exported, told of imported counts.',
    ),
  ORDERS_URL: z
    .string()
    .min(1)
    .describe('Addresses of orders, separated by commas: asked for orders that are exported.'),
  STORAGE_DIR: z
    .string()
    .min(1)
    .default('.data/files')
    .describe('Folder of imported and exported files; several replicas of the catalog need the same one, or a bucket.'),
  STORAGE_S3_BUCKET: optionalText.describe('Bucket for these files, instead of a folder; it must exist.'),
  STORAGE_S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
  STORAGE_S3_ENDPOINT: optionalText
    .pipe(z.url({ protocol: /^https?$/ }).optional())
    .describe('Address of the server of the bucket, where it is not Amazon S3.'),
  STORAGE_S3_ACCESS_KEY_ID: optionalText.describe('Key for the bucket; without it, what the environment grants.'),
  STORAGE_S3_SECRET_ACCESS_KEY: optionalText.describe('Secret of that key.'),
  EXPORT_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(365)
    .default(7)
    .describe('Files of exports are kept for so many days.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws an error that names every variable at fault, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return readSettings(configSchema, env, () =>
    env.STORAGE_DIR || env.STORAGE_S3_BUCKET ? [] : ['STORAGE_DIR or STORAGE_S3_BUCKET: is needed in production'],
  );
}
