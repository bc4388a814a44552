// A notice of a payment provider. Nobody is signed in: whose it is, its address says, and its signature proves.
// Invariants: nothing is read of a notice that is not signed with the secret of the business that it names; whoever has
// no secret learns nothing of which businesses and providers there are; a notice is answered with success only when
// what it says is durable, or is none of our business.
import { createHash } from 'node:crypto';
import { DomainError } from '@holdfast/shared/errors';
import { asTenant } from '@holdfast/shared/persistence';
import { correlation, type Metrics } from '@holdfast/shared/telemetry';
import { type Clock, derivedId, type Log, normaliseSlug, unseal } from '@holdfast/shared/values';
import type { ChangeOrder } from '../orders/change-order.ts';
import { decidePayment } from '../payments/pay.ts';
import type { PaymentProviderStore } from './payment-provider.store.ts';
import { secretsOf } from './payment-provider.ts';
import { findProvider, type Notice, type Provider, type SignedNotice } from './provider.ts';

export type CallbackDeps = {
  providers: Pick<PaymentProviderStore, 'read' | 'tenantOf'>;
  changeOrder: ChangeOrder;
  sealingKey: Buffer;
  clock: Pick<Clock, 'now'>;
  log: Log;
  metrics: Pick<Metrics, 'count'>;
};
export type Callback = SignedNotice & { provider: string; slug: string };
/** `known`: it was recorded before. `ignored`: it is about nothing here. */
export type Outcome = 'recorded' | 'known' | 'ignored';

/** Whose secrets are looked for where a slug names nobody, so that it takes as long. */
const nobody = 'ten_nobody';

/**
 * Records what a notice says, once.
 * Throws unknown_callback unless it is signed with the secret of a business that this is the slug of; malformed_json,
 * validation_failed, wrong_currency, too_many_payments, and Conflict when others keep overtaking it.
 */
export async function receiveCallback(callback: Callback, deps: CallbackDeps): Promise<Outcome> {
  const provider = findProvider(callback.provider);
  const tenantId = await deps.providers.tenantOf(normaliseSlug(callback.slug));
  const isSigned = await checkSignature(callback, { tenantId: tenantId ?? nobody, provider }, deps);
  if (tenantId === undefined || provider === undefined || !isSigned) throw new DomainError('unknown_callback');
  const notice = provider.read(callback);
  if (notice.kind === 'ignored') return 'ignored';
  return asTenant(tenantId, () => record(notice, { tenantId, provider: callback.provider }, deps));
}

async function checkSignature(
  callback: Callback,
  { tenantId, provider }: { tenantId: string; provider: Provider | undefined },
  { providers, sealingKey, clock }: CallbackDeps,
): Promise<boolean> {
  const now = clock.now();
  const found = await asTenant(tenantId, () => providers.read(tenantId, callback.provider));
  const secrets = found
    ? secretsOf(found, now).map((sealed) => unseal(sealingKey, found.id, sealed).toString())
    : [madeUp(sealingKey)];
  const signed = secrets.map((secret) => provider?.isSigned(callback, secret, now) ?? false);
  return found !== undefined && signed.includes(true);
}

/** A secret that nobody has, in the form of both providers. */
function madeUp(sealingKey: Buffer): string {
  return `whsec_${createHash('sha256').update(sealingKey).update('nobody').digest('base64')}`;
}

type Told = Exclude<Notice, { kind: 'ignored' }>;

async function record(
  { kind, eventId, orderId, amount, reference }: Told,
  { tenantId, provider }: { tenantId: string; provider: string },
  { changeOrder, log, metrics }: CallbackDeps,
): Promise<Outcome> {
  const id = derivedId('pay', tenantId, orderId, provider, eventId);
  const payment = { id, kind, amount, provider, reference, actor: 'system' };
  try {
    const target = { tenantId, id: orderId };
    const { event } = await changeOrder(target, (order, at) => decidePayment(order, payment, at), correlation());
    if (event === undefined) return 'known';
    log.info({ tenantId, orderId, provider, kind }, 'a provider told of a payment');
    return 'recorded';
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'not_found') throw error;
    // An order is durable before anybody knows its id, so that sending it again would not help.
    log.warn({ tenantId, orderId, provider, eventId }, 'a payment names an order that is not there');
    metrics.count('payment_callbacks_ignored_total', 'Notices of payments that name no order of their business.');
    return 'ignored';
  }
}
