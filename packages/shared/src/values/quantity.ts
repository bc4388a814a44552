// Quantities are whole units. What a customer may learn of stock is capped, so that nobody reads a merchant's stock from outside.
export const customerAvailableMax = 10;

/** The availability that a customer is shown: never more than 10, never below 0. */
export function availableForCustomer(available: number): number {
  return Math.max(0, Math.min(available, customerAvailableMax));
}
