// What clients were told during the loads, as the checker takes it.
import type { Attempt } from '@holdfast/checker';
import type { AnsweredOrder } from '../load/load.ts';
import type { PlatformBuyer } from './tenants.ts';

/** The answers of a load by these buyers. */
export function attemptsOf(told: readonly AnsweredOrder[], buyers: readonly PlatformBuyer[]): Attempt[] {
  return told.map(({ key, buyer, status, id, sentAt, answeredAt }) => {
    const { tenantId, callerId } = buyers[buyer]!;
    const asked = { operation: 'place' as const, tenantId, callerId, key, sentAt, answeredAt, status, id };
    return { ...asked, ...meaningOf(status, id) };
  });
}

/** 202 has no decision yet; a refusal that names the order is a decision; 5xx and a lost answer decide nothing. */
function meaningOf(status: number, id: string | undefined): Pick<Attempt, 'result' | 'decision' | 'code'> {
  if (status === 201) return { result: 'ok', decision: 'CONFIRMED' };
  if (status === 202) return { result: 'ok' };
  if (status < 400 || status >= 500 || status === 429) return { result: 'unknown' };
  if (status !== 409) return { result: 'failed' };
  return { result: 'failed', code: 'insufficient_stock', decision: id === undefined ? undefined : 'REJECTED' };
}
