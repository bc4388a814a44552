// Buyers that never stop: each order has a key of its own and is retried with it until somebody says what became of it.
// What they were told is the history that the platform is checked against.
import { randomUUID } from 'node:crypto';
import type { Business } from '../e2e/business.ts';

/** `confirmed`: a 201 was seen. `refused`: a 409 was seen; without an order id nothing was stored. `unknown`: every attempt failed or stayed undecided. */
export type Told = {
  key: string;
  variantId: string;
  orderId: string | undefined;
  said: 'confirmed' | 'refused' | 'unknown';
  attempts: number;
};

export type Buyers = { history: Told[]; stop(): Promise<void> };

/** A buyer gives up after this time: longer than any restart on a busy machine. */
const patienceMs = 60_000;

/** Starts `count` buyers of one unit each time, one order after the other. */
export function startBuyers(business: Business, variantIds: readonly string[], count: number): Buyers {
  const history: Told[] = [];
  let stopping = false;
  const buy = async (n: number) => {
    for (let round = 0; !stopping; round++) {
      const variantId = variantIds[(n + round) % variantIds.length]!;
      history.push(await placeUntilTold(business, variantId));
    }
  };
  const running = Array.from({ length: count }, (_, n) => buy(n));
  return {
    history,
    async stop() {
      stopping = true;
      await Promise.all(running);
    },
  };
}

async function placeUntilTold(business: Business, variantId: string): Promise<Told> {
  const told: Told = { key: randomUUID(), variantId, orderId: undefined, said: 'unknown', attempts: 0 };
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    told.attempts++;
    const answer = await business.order(variantId, 1, { key: told.key }).catch(() => undefined);
    const orderId = answer?.body.id ?? answer?.body.orderId;
    if (orderId !== undefined && told.orderId !== undefined && orderId !== told.orderId) {
      throw new Error(`one key, two orders: ${told.orderId} and ${orderId}`);
    }
    told.orderId ??= orderId;
    if (answer?.status === 201) return { ...told, said: 'confirmed' };
    if (answer?.status === 409) return { ...told, said: 'refused' };
    if (answer && answer.status >= 400 && answer.status < 500)
      throw new Error(`a valid order was refused: ${answer.text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return told;
}
