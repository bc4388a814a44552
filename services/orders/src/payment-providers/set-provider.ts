// Setting, replacing and removing the secret of a payment provider's notices.
import { DomainError } from '@holdfast/shared/errors';
import { Conflict, isDuplicateKey } from '@holdfast/shared/persistence';
import { type Clock, seal, unseal } from '@holdfast/shared/values';
import { conflictAttemptsMax } from '../limits.ts';
import type { PaymentProviderStore } from './payment-provider.store.ts';
import { type PaymentProvider, withSecret } from './payment-provider.ts';
import { findProvider } from './provider.ts';

export type ProviderDeps = {
  providers: PaymentProviderStore;
  /** The slug of a tenant, from who knows it. */
  slugOf: (tenantId: string) => Promise<string>;
  sealingKey: Buffer;
  clock: Pick<Clock, 'now'>;
};

export type SetProvider = {
  tenantId: string;
  provider: string;
  secret: string;
  expectVersion: (stored: number) => void;
};

/**
 * The provider with this secret; the same one again changes nothing.
 * Throws not_found, validation_failed, stale_version, unavailable, and Conflict when others keep overtaking it.
 */
export async function setProvider(command: SetProvider, deps: ProviderDeps): Promise<PaymentProvider> {
  const { tenantId, provider, secret, expectVersion } = command;
  known(provider).assertSecret(secret);
  for (let attempt = 0; attempt < conflictAttemptsMax; attempt++) {
    const before = await deps.providers.read(tenantId, provider);
    try {
      if (before === undefined) return await add(command, deps);
      expectVersion(before.version);
      if (unseal(deps.sealingKey, before.id, before.sealed).toString() === secret) return before;
      const sealed = seal(deps.sealingKey, before.id, Buffer.from(secret));
      const after = withSecret(before, sealed, deps.clock.now());
      await deps.providers.change(before, after);
      return after;
    } catch (error) {
      if (!(error instanceof Conflict) && !isDuplicateKey(error)) throw error;
    }
  }
  throw new Conflict('the payment provider kept changing while it was decided on');
}

async function add({ tenantId, provider, secret, expectVersion }: SetProvider, deps: ProviderDeps) {
  // What is not there has no version that If-Match could name.
  expectVersion(0);
  const id = deps.providers.idOf(tenantId, provider);
  const slug = await deps.slugOf(tenantId);
  const now = deps.clock.now();
  const times = { version: 1, createdAt: now, updatedAt: now };
  const sealed = seal(deps.sealingKey, id, Buffer.from(secret));
  const created: PaymentProvider = { id, tenantId, provider, slug, sealed, previous: null, ...times };
  // First: a provider without its name could not be found by a notice.
  await deps.providers.name(slug, tenantId);
  await deps.providers.add(created);
  return created;
}

/** Throws not_found. */
export async function readProvider(
  tenantId: string,
  provider: string,
  { providers }: Pick<ProviderDeps, 'providers'>,
): Promise<PaymentProvider> {
  known(provider);
  const found = await providers.read(tenantId, provider);
  if (found === undefined) throw new DomainError('not_found');
  return found;
}

/** Its notices are unknown from now on. Throws not_found, stale_version, and Conflict when somebody was faster. */
export async function removeProvider(
  { tenantId, provider, expectVersion }: Omit<SetProvider, 'secret'>,
  deps: Pick<ProviderDeps, 'providers'>,
): Promise<void> {
  const before = await readProvider(tenantId, provider, deps);
  expectVersion(before.version);
  if (!(await deps.providers.remove(before))) throw new Conflict('the payment provider changed while it was removed');
}

function known(name: string) {
  const provider = findProvider(name);
  if (provider === undefined) throw new DomainError('not_found');
  return provider;
}
