// Whose pages may open sockets. Invariant: an exact origin or nothing; no suffixes, no wildcard, never `null`.
const thisMachine = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * A check for the Origin header: the listed ones, and with `allowLocal` (never in production) any page of this machine.
 */
export function originCheck(origins: readonly string[], allowLocal: boolean): (origin: string) => boolean {
  const listed = new Set(origins);
  return (origin) => listed.has(origin) || (allowLocal && thisMachine.has(hostOf(origin) ?? ''));
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).hostname : undefined;
}
