// `npm run operator -- rotate-signing-key`: what the operator of an installation does, through auth's internal routes.
import { type Command, readCommand } from './commands.ts';
import { readConfig } from './config.ts';

const timeoutMs = 30_000;

/** What auth answered; throws when it refused or cannot be reached. */
async function send({ path, body }: Command): Promise<string> {
  const { authUrl, internalToken } = readConfig();
  const answer = await fetch(authUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${internalToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error) => {
    throw new Error(`auth at ${authUrl} does not answer: ${error.cause?.code ?? error.message}`);
  });
  const text = await answer.text();
  if (answer.ok) return text;
  const { title = text, detail } = JSON.parse(text) as { title?: string; detail?: string };
  throw new Error([`auth answered ${answer.status}: ${title}`, detail].filter(Boolean).join('\n'));
}

try {
  console.log(await send(readCommand(process.argv.slice(2))));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
