// Full-state snapshots of products and variants, re-emitted for resync.
import type { SnapshotOf } from '@holdfast/shared/messaging';
import { stampNow, systemClock } from '@holdfast/shared/values';
import { productsCollection } from './products/product.store.ts';
import { type Product, productSnapshotEvent } from './products/product.ts';
import { variantsCollection } from './variants/variant.store.ts';
import { type Variant, variantSnapshotEvent } from './variants/variant.ts';

const products: SnapshotOf<Product> = {
  collection: productsCollection,
  toSnapshot: (product, { version }) => ({
    event: productSnapshotEvent({ ...product, version }, stampNow(systemClock)),
  }),
};

const variants: SnapshotOf<Variant> = {
  collection: variantsCollection,
  toSnapshot: (variant, { version }) => ({
    event: variantSnapshotEvent({ ...variant, version }, stampNow(systemClock)),
  }),
};

export const snapshots = [products, variants] as const;
