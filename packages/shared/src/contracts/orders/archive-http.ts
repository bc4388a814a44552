// The HTTP contract of archiving orders.
import { idParams } from '../fields.ts';
import { defineApi, noContent } from '../operation.ts';

export const archiveApi = defineApi('orders', 'Orders', {
  archiveOrder: {
    method: 'DELETE',
    path: '/v1/orders/:id',
    summary: 'Archive an order that has ended',
    description:
      'One that is REJECTED, CANCELLED, EXPIRED or DELIVERED: lists leave it out unless `archived=true`, and nothing of it changes any more (409 `order_archived`). It is never removed. An archived one stays so.',
    access: ['orders:update'],
    params: idParams,
    statuses: [204],
    answer: noContent,
    errors: ['stale_version', 'illegal_transition'],
  },
});
