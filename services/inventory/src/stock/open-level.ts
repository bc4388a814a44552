// A new variant opens its level at the main location, with the stock it was created with.
// Invariant: applied once whatever happens: a level that exists stays as it is.
import { type Cause, derivedId } from '@holdfast/shared/values';
import { mainLocationIdOf } from '../locations/location.ts';
import type { StockBook } from './stock-book.ts';
import { levelIdOf } from './stock-level.ts';

export type OpenLevel = {
  tenantId: string;
  variantId: string;
  initialStock: number;
  /** Who created the variant: a user id, or the catalog where it does not say. */
  actor: string;
  cause: Cause;
};

/** The level that a command opens. */
export function openedLevelId(command: Pick<OpenLevel, 'tenantId' | 'variantId'>): string {
  return levelIdOf(command.tenantId, command.variantId, mainLocationIdOf(command.tenantId));
}

/** Opens the level of each new variant; without initial stock it starts at 0 and has no movement yet. */
export function openLevels(commands: readonly OpenLevel[], book: StockBook): void {
  for (const command of commands) {
    const { tenantId, variantId, initialStock, actor, cause } = command;
    const opened = book.open(tenantId, variantId, mainLocationIdOf(tenantId), cause);
    if (!opened || initialStock === 0) continue;
    book.post(
      openedLevelId(command),
      {
        movementId: derivedId('mov', tenantId, 'initial_stock', variantId),
        kind: 'receipt',
        onHandDelta: initialStock,
        reservedDelta: 0,
        reason: 'initial_stock',
        actor,
        reference: { type: 'variant', id: variantId },
      },
      cause,
    );
  }
}
