// Payment providers of tenants in MongoDB, and which business a slug names: notices come without a token.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import { derivedId } from '@holdfast/shared/values';
import type { PaymentProvider } from './payment-provider.ts';

export const paymentProviders = defineCollection<PaymentProvider>({
  name: 'payment_providers',
  holds: 'How a business is notified by a payment provider: the secret of its notices, sealed.',
  fields: {
    provider: field.text,
    slug: field.text,
    sealed: field.object(),
    previous: field.nullable(field.object()),
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
  },
});

/** `business` is the tenant; a slug is never given to another one. */
type TenantSlug = { id: string; business: string };

export const tenantSlugs = defineCollection<TenantSlug>({
  name: 'tenant_slugs',
  holds: 'Which business a slug names, for businesses that have payment providers: the address of notices has no more.',
  isGlobal: true,
  fields: { business: field.text },
});

export type PaymentProviderStore = ReturnType<typeof openPaymentProviders>;

export function openPaymentProviders(database: Database) {
  const providers = openCollection(database, paymentProviders);
  const slugs = openCollection(database, tenantSlugs);
  const idOf = (tenantId: string, provider: string) => derivedId('ppr', tenantId, provider);
  return {
    idOf,
    read: (tenantId: string, provider: string) => providers.read({ tenantId, id: idOf(tenantId, provider) }),
    /** Fails as a duplicate key when there is one. */
    add: (created: PaymentProvider) => providers.insert([{ after: created }]),
    /** Throws Conflict when it is not as it was decided on. */
    change: (before: PaymentProvider, after: PaymentProvider) => providers.saveAll([{ before, after }]),
    /** Returns whether it was there as it was decided on. */
    async remove({ tenantId, id: _id, version }: PaymentProvider): Promise<boolean> {
      const { deletedCount } = await providers.native.deleteOne({ tenantId, _id, version });
      return deletedCount === 1;
    },
    /** The tenant that a slug names. */
    tenantOf: async (slug: string) => (await slugs.read({ id: slug }))?.business,
    name: (slug: string, business: string) => slugs.insertMissing([{ after: { id: slug, business } }]),
  };
}
