// The HTTP contract of archiving orders.
import { idParams } from '../fields.ts';
import { defineApi, noContent } from '../operation.ts';

export const archiveApi = defineApi('orders', 'Orders', {
  archiveOrder: {
    method: 'DELETE',
    path: '/v1/orders/:id',
    summary: 'Archive an order that has ended',
    description:
      'One that is REJECTED, CANCELLED, EXPIRED or DELIVERED: lists leave it out unless `archived=true`, and nothing of it changes any more (409 `order_archived`), but for payments and refunds that are recorded; a late payment that revives an expired order takes it out of the archive. Refused with 409 `order_unsettled` while money is due back or returns are open. It is never removed.',
    access: ['orders:update'],
    params: idParams,
    statuses: [204],
    answer: noContent,
    errors: ['order_unsettled', 'stale_version', 'illegal_transition'],
  },
});
