// How a business is notified by a payment provider: the secret of its notices. Pure.
// Invariants: a secret is stored sealed and never answered; a replaced one is good for a while, so that no notice is
// lost while the provider is told of the new one.
import type { Sealed } from '@holdfast/shared/values';
import { previousSecretMs } from '../limits.ts';

export type PaymentProvider = {
  id: string;
  tenantId: string;
  provider: string;
  /** What the business is called in the address of notices. */
  slug: string;
  sealed: Sealed;
  /** The secret of before, and until when it is good. */
  previous: { sealed: Sealed; until: Date } | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

/** With another secret; the one of before is good for a day more. */
export function withSecret(before: PaymentProvider, sealed: Sealed, now: Date): PaymentProvider {
  const previous = { sealed: before.sealed, until: new Date(now.getTime() + previousSecretMs) };
  return { ...before, sealed, previous, version: before.version + 1, updatedAt: now };
}

/** The secrets that a notice may be signed with now, sealed. */
export function secretsOf({ sealed, previous }: PaymentProvider, now: Date): Sealed[] {
  return previous !== null && now < previous.until ? [sealed, previous.sealed] : [sealed];
}

export function toProviderAnswer({ provider, slug, previous, version, createdAt, updatedAt }: PaymentProvider) {
  return {
    provider,
    callbackPath: `/v1/payments/callback/${provider}/${slug}`,
    previousSecretUntil: previous?.until.toISOString(),
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
