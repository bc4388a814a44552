// When a business is reconciled by itself: once in every period, at a time of its own, so that they are spread. Pure.
import { derivedId } from '@holdfast/shared/values';

/** The id of the reconciliation that is to start now; undefined when its time was too long ago, or is none. */
export function scheduledId(
  tenantId: string,
  now: Date,
  { periodMs, lateMs }: { periodMs: number; lateMs: number },
): string | undefined {
  if (periodMs === 0) return undefined;
  const place = Number.parseInt(derivedId('slot', tenantId).slice(-6), 36) % periodMs;
  const since = now.getTime() - place;
  if (since % periodMs > lateMs) return undefined;
  return derivedId('rec', tenantId, 'schedule', String(Math.floor(since / periodMs)));
}
