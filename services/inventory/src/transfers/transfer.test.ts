// The states of a transfer, and what of it a repeated request is shown.
import { expect, it } from 'vitest';
import {
  asAfter,
  assertCanBecome,
  mergeByVariant,
  newTransfer,
  receivedLines,
  type TransferStatus,
  transitions,
  withStep,
} from './transfer.ts';

const at = new Date('2026-01-02T03:04:05.678Z');
const draft = newTransfer({
  id: 'tra_1',
  tenantId: 'ten_a',
  fromLocationId: 'loc_a',
  toLocationId: 'loc_b',
  lines: [
    { variantId: 'v1', quantity: 2 },
    { variantId: 'v2', quantity: 1 },
    { variantId: 'v1', quantity: 3 },
  ],
  createdBy: 'usr_1',
  createdAt: at,
  creation: null,
});
const shipped = withStep(draft, { to: 'SHIPPED', by: 'usr_2', at });

it('reaches every status from its first, and none from its last', () => {
  const reached = new Set<TransferStatus>(['DRAFT']);
  for (const status of reached) for (const next of transitions[status]) reached.add(next);
  expect([...reached].sort()).toEqual(Object.keys(transitions).sort());
  expect(Object.keys(transitions).filter((status) => transitions[status as TransferStatus].length === 0)).toEqual([
    'RECEIVED',
    'CANCELLED',
  ]);
});

it('refuses what its status does not allow, and names what it does', () => {
  expect(() => assertCanBecome(draft, 'RECEIVED')).toThrow(
    expect.objectContaining({
      code: 'illegal_transition',
      extra: { transferStatus: 'DRAFT', allowed: ['SHIPPED', 'CANCELLED'] },
    }),
  );
  expect(() => assertCanBecome(shipped, 'SHIPPED')).toThrow('SHIPPED cannot be shipped');
});

it('has one line for each variant', () => {
  expect(draft.lines).toEqual([
    { variantId: 'v1', quantity: 5 },
    { variantId: 'v2', quantity: 1 },
  ]);
});

it('counts what is not said to have arrived as a shortage, and refuses what was not shipped', () => {
  expect(receivedLines(shipped, undefined)).toMatchObject([
    { received: 5, shortage: 0 },
    { received: 1, shortage: 0 },
  ]);
  expect(receivedLines(shipped, [{ variantId: 'v1', quantity: 4 }])).toMatchObject([
    { received: 4, shortage: 1 },
    { received: 0, shortage: 1 },
  ]);
  const wrong = [
    { variantId: 'v1', quantity: 6 },
    { variantId: 'v3', quantity: 0 },
  ];
  expect(() => receivedLines(shipped, wrong)).toThrow(
    expect.objectContaining({
      code: 'transfer_mismatch',
      extra: {
        lines: [
          { variantId: 'v1', received: 6, shipped: 5 },
          { variantId: 'v3', received: 0, shipped: 0 },
        ],
      },
    }),
  );
});

it('is shown to a repeated request as it was after its first one', () => {
  const received = withStep(shipped, { to: 'RECEIVED', by: 'usr_3', at }, receivedLines(shipped, []));
  expect(asAfter(received, 0)).toEqual(draft);
  expect(asAfter(received, 1)).toEqual(shipped);
  expect(asAfter(received, 2)).toEqual(received);
  expect(mergeByVariant(received.lines)).toEqual(draft.lines);
});
