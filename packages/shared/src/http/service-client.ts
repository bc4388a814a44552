// Asks another service on its internal routes, wherever one of its replicas answers. It may start after us: whoever
// asks has to bear that nobody answers.
import { serviceAskTimeoutMs } from './limits.ts';

/** Splits `http://a:1,http://b:1` into addresses without a trailing slash; throws when one is not an http(s) URL. */
export function urlList(urls: string): string[] {
  const list = urls
    .split(',')
    .map((url) => url.trim().replace(/\/$/, ''))
    .filter((url) => url !== '');
  for (const url of list) {
    if (!/^https?:$/.test(new URL(url).protocol)) throw new Error(`${url} is not an http(s) URL`);
  }
  if (list.length === 0) throw new Error('at least one URL is needed');
  return list;
}

/** GETs JSON, or POSTs a body. */
export type AskService = (path: string, body?: object) => Promise<unknown>;

/** What an answer other than 200 is. */
export class ServiceAnswer extends Error {
  readonly status: number;
  constructor(path: string, status: number) {
    super(`${path} was answered with ${status}`);
    this.status = status;
  }
}

/** Asks the first replica that answers 200, within `timeoutMs` (3 s); throws the last failure when none does. */
export function askService(
  serviceUrls: string,
  internalToken?: string,
  timeoutMs: number = serviceAskTimeoutMs,
): AskService {
  const urls = urlList(serviceUrls);
  const token: Record<string, string> = internalToken ? { authorization: `Bearer ${internalToken}` } : {};
  return async (path, body) => {
    const sent = body && { method: 'POST', body: JSON.stringify(body) };
    const headers = body ? { ...token, 'content-type': 'application/json' } : token;
    let failure: unknown;
    for (const url of urls) {
      try {
        const answer = await fetch(url + path, {
          ...sent,
          headers,
          signal: AbortSignal.timeout(timeoutMs),
          redirect: 'error',
        });
        if (answer.status === 200) return await answer.json();
        await answer.body?.cancel();
        failure = new ServiceAnswer(path, answer.status);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
