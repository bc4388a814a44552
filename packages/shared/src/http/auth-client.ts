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

export type AskAuth = (path: string) => Promise<unknown>;

/** GETs JSON from the first replica that answers 200; throws the last failure when none does. */
export function askAuth(authUrl: string, internalToken?: string): AskAuth {
  const urls = urlList(authUrl);
  const headers: Record<string, string> = internalToken ? { authorization: `Bearer ${internalToken}` } : {};
  return async (path) => {
    let failure: unknown;
    for (const url of urls) {
      try {
        const answer = await fetch(url + path, {
          headers,
          signal: AbortSignal.timeout(authFetchTimeoutMs),
          redirect: 'error',
        });
        if (answer.status === 200) return await answer.json();
        await answer.body?.cancel();
        failure = new Error(`auth answered ${answer.status} to ${path}`);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
