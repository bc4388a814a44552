// What merchants call movements: each name stands for kinds and reasons of the ledger (docs/ledger.md).
import { adjustmentReasons, type merchantKinds, movementKinds } from '@holdfast/shared/contracts';
import type { MovementKind } from './movement.ts';

export type MerchantKind = (typeof merchantKinds)[number];
type Meaning = { kinds: readonly MovementKind[]; reasons?: readonly string[] };

const byHand = ['adjustment', 'count'] as const;
/** Reasons that say where goods come from; adjustments with any other one correct what is on hand. */
const bought = ['initial_stock', 'received', 'purchase_received', 'receipt_reversed'];
const broughtBack = ['returned'];
const corrections = [
  ...adjustmentReasons.filter((reason) => !bought.includes(reason) && !broughtBack.includes(reason)),
  'reconciliation',
];

const meanings: Readonly<Record<MerchantKind, Meaning>> = {
  PURCHASE: { kinds: ['receipt', ...byHand], reasons: bought },
  SALE: { kinds: ['shipment'] },
  RETURN: { kinds: ['return', ...byHand], reasons: broughtBack },
  ADJUSTMENT: { kinds: byHand, reasons: corrections },
};

const isKind = (name: string): name is MovementKind => (movementKinds as readonly string[]).includes(name);

/** The kinds and reasons that a filter asks for; undefined does not narrow. */
export function meaningOf(
  kind: MovementKind | MerchantKind | undefined,
  reason: string | undefined,
): { kinds: readonly MovementKind[] | undefined; reasons: readonly string[] | undefined } {
  const meaning: Partial<Meaning> = kind === undefined ? {} : isKind(kind) ? { kinds: [kind] } : meanings[kind];
  if (reason === undefined) return { kinds: meaning.kinds, reasons: meaning.reasons };
  const isMeant = meaning.reasons?.includes(reason) ?? true;
  return { kinds: meaning.kinds, reasons: isMeant ? [reason] : [] };
}
