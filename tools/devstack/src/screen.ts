// What `npm start` shows: one line per step, the log's tail when something fails, and at the end where to go.
import type { Platform } from './platform.ts';
import type { Demo } from './seed.ts';
import type { Happening } from './supervisor.ts';

const NAME_WIDTH = 14;

const indent = (text: string) => text.replace(/^/gm, '    ');

/** One step of one process. */
export function happeningText(happening: Happening): string {
  const name = happening.name.padEnd(NAME_WIDTH);
  switch (happening.kind) {
    case 'starting':
      return `  ${name} starting`;
    case 'outdated':
      return `  ${name} has an address that has changed: starting it again`;
    case 'moved':
      return `  ${name} port ${happening.from} is taken by now: moving to ${happening.to}`;
    case 'ready':
      return `  ${name} ready in ${(happening.tookMs / 1000).toFixed(1)} s (process ${happening.pid})`;
    case 'crashed': {
      const log = happening.logTail === '' ? '' : `\n${indent(happening.logTail)}`;
      return `! ${name} ended: ${happening.how}; starting it again in ${happening.waitMs / 1000} s${log}`;
    }
    case 'stopped':
      return `  ${name} stopped`;
    default:
      return happening satisfies never;
  }
}

/** Where everything is. */
export function urlsText(
  platform: Platform,
  seconds: number,
  { logsDir, mailLog }: { logsDir: string; mailLog: string | undefined },
): string {
  const lines = [...platform.processes.values()].map(({ name, url }) => `  ${name.padEnd(NAME_WIDTH)} ${url}`);
  return [
    '',
    `Holdfast is ready after ${seconds.toFixed(1)} s`,
    '',
    `  API            ${platform.gatewayUrl}`,
    `  documentation  ${platform.gatewayUrl}/docs`,
    `  OpenAPI        ${platform.gatewayUrl}/openapi.json`,
    `  mails          ${mailLog ?? 'sent through SMTP_URL'}`,
    '',
    `Processes (logs in ${logsDir})`,
    ...lines,
  ].join('\n');
}

/** Whom to be and what to try first. */
export function demoText(demo: Demo): string {
  const width = Math.max(...demo.signIns.map(({ tenant }) => tenant.length));
  const mailWidth = Math.max(...demo.signIns.map(({ email }) => email.length));
  const signIns = demo.signIns.map(
    ({ tenant, email, password, role }) =>
      `  ${tenant.padEnd(width)}  ${email.padEnd(mailWidth)}  ${password}  (${role})`,
  );
  return [
    '',
    'Demo sign-ins',
    ...signIns,
    '',
    'Place an order',
    indent(demo.curl),
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
