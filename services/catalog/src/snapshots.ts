// Full-state snapshots of products and variants, re-emitted for resync.
import type { SnapshotOf } from '@holdfast/shared/messaging';
import { newId } from '@holdfast/shared/values';
import { productsCollection } from './products/product.store.ts';
import { type Product, productSnapshotEvent } from './products/product.ts';
import type { Stamp } from './stamp.ts';
import { variantsCollection } from './variants/variant.store.ts';
import { type Variant, variantSnapshotEvent } from './variants/variant.ts';

const stamp = (): Stamp => ({ now: new Date(), eventId: () => newId('evt'), trace: {} });

const products: SnapshotOf<Product> = {
  collection: productsCollection,
  toSnapshot: (product, { version }) => ({ event: productSnapshotEvent({ ...product, version }, stamp()) }),
};

const variants: SnapshotOf<Variant> = {
  collection: variantsCollection,
  toSnapshot: (variant, { version }) => ({ event: variantSnapshotEvent({ ...variant, version }, stamp()) }),
};

export const snapshots = [products, variants] as const;
