// An auth whose mails go to a mail server of the test.
import type { Logger } from '@holdfast/shared/telemetry';
import { type Fixture, openFixture, testConfig } from '../auth.fixture.ts';
import { startMailServer } from './smtp.fixture.ts';

type Options = { log?: Logger; settings?: Record<string, string> };
export type MailFixture = Awaited<ReturnType<typeof openMailFixture>>;

/** Where a mail server of a test is; it need not be protected. */
export const urlOf = ({ port }: { port: number }) => `smtp://127.0.0.1:${port}/?tls=optional`;

/** Opens both; `close` closes both. */
export async function openMailFixture({ log, settings = {} }: Options = {}) {
  const server = await startMailServer();
  const addresses = { MAIL_FROM: 'mails@holdfast.example', PUBLIC_URL: 'https://shop.example' };
  const config = testConfig({ SMTP_URL: urlOf(server), ...addresses, ...settings });
  const auth: Fixture = await openFixture({ config, ...(log ? { log } : {}) });
  return {
    ...auth,
    server,
    config,
    async close() {
      await auth.close();
      await server.close();
    },
  };
}
