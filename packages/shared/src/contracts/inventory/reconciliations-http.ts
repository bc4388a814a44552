// The HTTP contract of reconciliations: proofs that stock is what its ledger, reservations and orders say.
import { z } from 'zod';
import { idParams, timeField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';
import { textField } from '../text.ts';

export const differenceKinds = [
  'level_missing',
  'level_balance',
  'ledger_gap',
  'ledger_chain',
  'reserved_sum',
  'reservation_without_order',
  'reservation_of_ended_order',
  'order_without_reservation',
  'request_differs',
] as const;

const facts = z.record(z.string(), z.union([z.int(), z.string()]));
const differenceAnswer = z.object({
  kind: z.enum(differenceKinds),
  variantId: z.string().optional(),
  locationId: z.string().optional(),
  levelId: z.string().optional(),
  orderId: z.string().optional(),
  expected: facts,
  found: facts,
  repairable: z.boolean(),
  why: z.string().optional().describe('Why it cannot be repaired.'),
  repair: z
    .enum(['repaired', 'gone', 'asked', 'failed'])
    .optional()
    .describe('`gone`: it was no longer there. `asked`: orders sends the demand once more.'),
});

export const reconciliationAnswer = z
  .object({
    id: z.string(),
    status: z.enum(['running', 'done', 'failed']),
    requestedBy: z.string().describe('A user id, or `system`.'),
    reason: z.string().optional().describe('Why somebody asked for it.'),
    startedAt: timeField,
    finishedAt: timeField.optional(),
    checked: z.object({ levels: z.int(), movements: z.int(), reservations: z.int(), orders: z.int() }),
    isComplete: z
      .boolean()
      .describe('False while it runs, and when so much was found that the rest was not looked at.'),
    differenceCount: z.int(),
    differences: z.array(differenceAnswer).describe('The first 200 of them.'),
    failure: z.string().optional(),
    version: z.int(),
  })
  .meta({ id: 'Reconciliation' });

export const reconciliationsApi = defineApi('inventory', 'Inventory', {
  createReconciliation: {
    method: 'POST',
    path: '/v1/reconciliations',
    summary: 'Prove that stock is what its ledger, reservations and orders say',
    description:
      'Runs beside everything else and blocks nothing. What differs is checked again, half a minute later at least, and told when it is still so.',
    access: ['reconciliations:run'],
    idempotencyKey: 'optional',
    body: z.strictObject({ reason: textField({ max: 200 }).optional() }).optional(),
    statuses: [202],
    answer: reconciliationAnswer,
    errors: ['reconciliation_running', 'idempotency_key_reused'],
    example: { reason: 'after a restore' },
  },
  listReconciliations: list({
    path: '/v1/reconciliations',
    summary: 'Reconciliations, newest first',
    access: ['reconciliations:run'],
    item: reconciliationAnswer,
  }),
  readReconciliation: {
    method: 'GET',
    path: '/v1/reconciliations/:id',
    summary: 'One reconciliation',
    access: ['reconciliations:run'],
    params: idParams,
    statuses: [200],
    answer: reconciliationAnswer,
  },
  repairReconciliation: {
    method: 'POST',
    path: '/v1/reconciliations/:id/repair',
    summary: 'Repair what it has found',
    description:
      'Each difference is repaired by a movement with the reason `reconciliation`, while it is still there. What cannot be repaired safely says why.',
    access: ['reconciliations:run'],
    idempotencyKey: 'optional',
    params: idParams,
    statuses: [200],
    answer: reconciliationAnswer,
    errors: ['reconciliation_running', 'idempotency_key_reused'],
  },
});
