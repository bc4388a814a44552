// The only reader of the environment in this service.
import { databaseSettings, processSettings, readSettings } from '@holdfast/shared/process';
import { z } from 'zod';
import { passwordCostMinInProduction } from './limits.ts';
import { readSmtpUrl } from './mails/smtp-url.ts';

const optionalText = z
  .string()
  .transform((text) => (text === '' ? undefined : text))
  .optional();
/** Of several addresses the first is the one that people are sent to. */
const firstUrl = z
  .string()
  .transform((text) => text.split(',')[0]!.trim())
  .pipe(z.url({ protocol: /^https?$/ }));

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
  ORDERS_URL: z
    .string()
    .min(1)
    .describe('Addresses of orders, separated by commas: asked before the currency of a business is changed.'),
  SIGNING_KEY_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe('A signing key is replaced by a new one after so many days; nobody is signed out by it.'),
  SMTP_URL: optionalText
    .refine((text) => text === undefined || readSmtpUrl(text) !== undefined, 'is not smtp://host or smtps://host')
    .describe(
      'Mail server: `smtps://user:password@host:465` (TLS) or `smtp://user:password@host:587` (STARTTLS, and nothing is sent without it unless `?tls=optional`). Without it mails wait until they expire, or go to MAIL_LOG.',
    ),
  MAIL_FROM: optionalText
    .pipe(z.email().optional())
    .describe('Address that mails come from; production needs it beside SMTP_URL.'),
  MAIL_LOG: optionalText.describe('For development: without SMTP_URL mails are written to this file.'),
  PUBLIC_URL: firstUrl
    .default('http://127.0.0.1:8080')
    .describe('Address of the gateway as clients see it; the links in mails begin with it.'),
});
export type Config = Readonly<z.output<typeof configSchema>>;

/** Reads and checks the environment. Throws an error that names every variable at fault, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return readSettings(configSchema, env, ({ PASSWORD_COST, SMTP_URL, MAIL_LOG }) => {
    const needed = SMTP_URL === undefined ? [] : ['MAIL_FROM', 'PUBLIC_URL'].filter((name) => !env[name]);
    return [
      ...(PASSWORD_COST < passwordCostMinInProduction ? ['PASSWORD_COST: is too low for production'] : []),
      ...needed.map((name) => `${name}: is needed beside SMTP_URL`),
      ...(MAIL_LOG === undefined ? [] : ['MAIL_LOG: is for development, what it holds opens accounts']),
    ];
  });
}
