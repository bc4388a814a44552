// The logger of every process: JSON lines on stdout, a constant message plus fields.
// Invariant: what the redaction list names never leaves the process,
// also not nested one level deep in an object that is logged.
import { type Logger, pino } from 'pino';
import { openLogOutput } from './log-output.ts';

/** What a process begins with; everything else logs with the `Log` of values. */
export type { Logger } from 'pino';
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const secretFields = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'accessToken',
  'refreshToken',
  'token',
  'authorization',
  'cookie',
  'set-cookie',
  'secret',
  'apiKey',
  'internalToken',
  'privateKey',
  'd',
  'email',
  'shippingAddress',
  'note',
  'metadata',
];

/** Paths of the redaction list: each secret field at the top, and below any field or two. */
export const redactedPaths: readonly string[] = secretFields.flatMap((field) => {
  const name = /^[A-Za-z]+$/.test(field) ? field : `["${field}"]`;
  const below = name.startsWith('[') ? name : `.${name}`;
  return [name, `*${below}`, `*.*${below}`];
});

export type LoggerOptions = {
  service: string;
  level?: LogLevel;
  /** Where lines go; stdout unless a test reads them. */
  destination?: { write(line: string): void };
};

/** The root logger of a process; children carry tenant and correlation id. */
export function createLogger({ service, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: [...redactedPaths], censor: '[redacted]' },
  };
  const output = destination ?? openLogOutput(1, (lost) => log.warn(lost, 'log lines were dropped'));
  const log: Logger = pino(options, output);
  return log;
}
