// Asks auth, wherever one of its replicas answers. Nothing here throws past its caller's retry:
// auth may start after us.
import { authFetchTimeoutMs } from './limits.ts';

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

/** GETs JSON from auth, or POSTs a body to it. */
export type AskAuth = (path: string, body?: object) => Promise<unknown>;

/** What an answer of auth other than 200 is. */
export class AuthAnswer extends Error {
  readonly status: number;
  constructor(path: string, status: number) {
    super(`auth answered ${status} to ${path}`);
    this.status = status;
  }
}

/** Asks the first replica that answers 200; throws the last failure when none does. */
export function askAuth(authUrl: string, internalToken?: string): AskAuth {
  const urls = urlList(authUrl);
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
          signal: AbortSignal.timeout(authFetchTimeoutMs),
          redirect: 'error',
        });
        if (answer.status === 200) return await answer.json();
        await answer.body?.cancel();
        failure = new AuthAnswer(path, answer.status);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
