// Quantities are whole units. What a customer may learn of stock is capped, so that nobody reads a merchant's stock
// from outside.
import { customerAvailableMax } from '../contracts/bounds.ts';

/** The availability that a customer is shown: never more than the cap, never below 0. */
export function availableForCustomer(available: number): number {
  return Math.max(0, Math.min(available, customerAvailableMax));
}
