// One request to a service's internal routes.
import type { Config } from './config.ts';

const timeoutMs = 30_000;

/** What the service answered; throws when it refused or cannot be reached. */
export async function send({ url, internalToken }: Config, path: string, body: object): Promise<string> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${internalToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error) => {
    throw new Error(`${url} does not answer: ${error.cause?.code ?? error.message}`);
  });
  const text = await answer.text();
  if (answer.ok) return text;
  const { title = text, detail } = JSON.parse(text) as { title?: string; detail?: string };
  throw new Error([`${url} answered ${answer.status}: ${title}`, detail].filter(Boolean).join('\n'));
}
