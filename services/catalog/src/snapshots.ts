// Products and variants as their events tell them, for a resync.
import type { SnapshotOf } from '@holdfast/shared/messaging';
import { stampNow, systemClock } from '@holdfast/shared/values';
import { productsCollection } from './products/product.store.ts';
import { type Product, productSnapshotEvent } from './products/product.ts';
import { variantsCollection } from './variants/variant.store.ts';
import { type Variant, variantSnapshotEvent } from './variants/variant.ts';

const products: SnapshotOf<Product> = {
  collection: productsCollection,
  tell: (product, { version }) => ({ event: productSnapshotEvent({ ...product, version }, stampNow(systemClock)) }),
};

const variants: SnapshotOf<Variant> = {
  collection: variantsCollection,
  tell: (variant, { version }) => ({ event: variantSnapshotEvent({ ...variant, version }, stampNow(systemClock)) }),
};

export const snapshots = [products, variants] as const;
