// Whether a client takes the JSON that an operation answers with (RFC 9110, 12.5.1).
import { acceptLengthMax } from './limits.ts';

/** The most specific first: the first one that is named decides. Who takes problems reads JSON. */
const rangesOfJson = ['application/json', 'application/problem+json', 'application/*', '*/*'] as const;

/** False when the header names media types and JSON is not among them, or has the weight 0. */
export function acceptsJson(header: string | undefined): boolean {
  if (header === undefined || header.trim() === '') return true;
  const isTaken = new Map<string, boolean>();
  for (const part of header.slice(0, acceptLengthMax).toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim());
    const isRefused = parameters.some((parameter) => /^q\s*=\s*0(?:\.0*)?$/.test(parameter));
    isTaken.set(range, !isRefused || isTaken.get(range) === true);
  }
  const deciding = rangesOfJson.find((range) => isTaken.has(range));
  return deciding !== undefined && isTaken.get(deciding)!;
}
