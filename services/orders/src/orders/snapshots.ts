// Full-state snapshots of orders, re-emitted for resync. Invariant: the snapshot carries the order's current request; after a restore a newer
// one, because the request that was current at the backup may be one that inventory has left behind.
import type { SnapshotOf } from '@holdfast/shared/messaging';
import type { Order } from './order.ts';
import { snapshotEvent } from './order-events.ts';

const orders: SnapshotOf<Omit<Order, 'id'> & { _id: string }> = {
  collection: 'orders',
  toSnapshot({ _id: id, ...stored }, { version, lift }) {
    const order: Order = { ...stored, id, version };
    if (lift === 1) return { event: snapshotEvent(order) };
    const request = order.request + lift;
    const pending = order.pending && { ...order.pending, request };
    return { event: snapshotEvent({ ...order, request, pending }), set: { request, pending } };
  },
};

export const snapshots = [orders] as const;
