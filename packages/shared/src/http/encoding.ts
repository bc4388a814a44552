// Which compression an answer may have (RFC 9110, 12.5.3).
import type { FastifyReply } from 'fastify';

export type Encoding = 'br' | 'gzip';

/** `br` before `gzip`; undefined when the client takes neither. */
export function preferredEncoding(accepted: string | string[] | undefined): Encoding | undefined {
  if (accepted === undefined) return undefined;
  const refused = new Set<string>();
  const named = new Set<string>();
  for (const part of String(accepted).slice(0, 500).toLowerCase().split(',')) {
    const [name = '', weight = ''] = part.split(';', 2).map((text) => text.trim());
    if (/^q=0(?:\.0*)?$/.test(weight)) refused.add(name);
    else named.add(name);
  }
  return (['br', 'gzip'] as const).find((name) => named.has(name) || (named.has('*') && !refused.has(name)));
}

/** Tells caches that the answer depends on a header of the request. */
export function addVary(reply: FastifyReply, name: string): void {
  const before = reply.getHeader('vary');
  reply.header('vary', before ? `${before}, ${name}` : name);
}
