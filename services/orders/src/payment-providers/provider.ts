// What a payment provider is to us: somebody whose notices can be checked and read. Pure.
// Invariant: nothing of a notice is believed, or even read, before its signature has been checked over the bytes that
// came.
import type { Money } from '@holdfast/shared/values';
import type { PaymentKind } from '../payments/payment.ts';
import { manual } from './manual.ts';
import { stripe } from './stripe.ts';

export type Headers = Readonly<Record<string, string | string[] | undefined>>;
/** A notice as it came. */
export type SignedNotice = { headers: Headers; body: Buffer };

/** What a notice says. */
export type Notice =
  | { kind: 'ignored' }
  | {
      kind: PaymentKind;
      /** What the provider calls the event: the same however often it is sent. */
      eventId: string;
      orderId: string;
      /** What is authorised, captured or refunded under this reference, in all. */
      amount: Money;
      reference: string;
    };

export type Provider = {
  /** Throws `validation_failed` unless this can be a secret of the provider. */
  assertSecret(secret: string): void;
  /** True when the notice is signed with the secret, at most five minutes ago. */
  isSigned(notice: SignedNotice, secret: string, now: Date): boolean;
  /** What a notice says whose signature was checked; throws `validation_failed` for what is none. */
  read(notice: SignedNotice): Notice;
};

const providers = new Map<string, Provider>(Object.entries({ stripe, manual }));

/** The provider of this name, if there is one. */
export function findProvider(name: string): Provider | undefined {
  return providers.get(name);
}
