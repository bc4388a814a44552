// Sharing money over the lines of an order, in minor units. Pure.
// Invariants: the shares add up to what is shared, to the last unit, in every currency; none is larger than its part of
// it by a whole unit.

/**
 * Shares `amount` in proportion to the weights: everybody gets the whole units of its part, and the units that are left
 * go to the largest fractions, the first of equal ones first. Without any weight all count alike.
 */
export function shareOver(amount: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (weights.length === 0) return [];
  if (total === 0n)
    return shareOver(
      amount,
      weights.map(() => 1),
    );
  const exact = weights.map((weight) => BigInt(amount) * BigInt(weight));
  const shares = exact.map((product) => product / total);
  const left = Number(BigInt(amount) - shares.reduce((sum, share) => sum + share, 0n));
  const byFraction = exact
    .map((product, place) => ({ place, fraction: product % total }))
    .sort((a, b) => (a.fraction === b.fraction ? a.place - b.place : a.fraction > b.fraction ? -1 : 1));
  for (const { place } of byFraction.slice(0, left)) shares[place]! += 1n;
  return shares.map(Number);
}

/** Something of a line, and what it cost in minor units. */
export type PricedLine = { variantId: string; total: { amount: number } };

/** What of an amount falls to each line, in proportion to what the lines cost. */
export function refundLines(amount: number, lines: readonly PricedLine[]): { variantId: string; amount: number }[] {
  const shares = shareOver(
    amount,
    lines.map(({ total }) => total.amount),
  );
  return lines.map(({ variantId }, place) => ({ variantId, amount: shares[place]! }));
}

/**
 * What falls to some units of a line that has the share `amount` for all `quantity` units, when `before` of them were
 * counted already: counted unit by unit in any steps they add up to `amount`.
 */
export function refundOfUnits(line: { amount: number; quantity: number }, before: number, units: number): number {
  const upTo = (count: number) => (BigInt(line.amount) * BigInt(count)) / BigInt(line.quantity);
  return Number(upTo(before + units) - upTo(before));
}
