// What becomes of an order after it was placed: it is paid, changed, shipped in parcels, and sent back in part. Each
// step fits the state that the order was shown in, and may come too late for it.
import { randomUUID } from 'node:crypto';
import type { Chance } from './chance.ts';
import type { ChaosClient } from './client.ts';
import type { Shop } from './market.ts';
import { untilTold } from './until-told.ts';

type With = { shop: Shop; client: ChaosClient; chance: Chance };

/** Takes an order one step further, as staff of the shop. */
export async function tend({ orderId }: { orderId: string }, { shop, client, chance }: With): Promise<void> {
  const { owner } = shop;
  const order = await client.show(owner, orderId);
  if (order === undefined) return;
  const key = randomUUID();
  const line = chance.pick(order.lines);
  const one = [{ variantId: line.variantId, quantity: 1 }];
  switch (order.status) {
    case 'AWAITING_PAYMENT':
    case 'EXPIRED':
      await untilTold(() => client.pay(owner, key, orderId, order.total));
      return;
    case 'CONFIRMED':
      if (chance.happens(0.3)) {
        const lines = order.lines.map(({ variantId }) => ({ variantId, quantity: chance.between(1, 3) }));
        await untilTold(() => client.edit(owner, key, orderId, lines));
        return;
      }
      await untilTold(() => client.ship(owner, key, orderId, chance.happens(0.5) ? one : undefined));
      return;
    case 'PARTIALLY_SHIPPED':
      if (chance.happens(0.2)) await untilTold(() => client.cancel(owner, `rest-${orderId}`, orderId));
      else await untilTold(() => client.ship(owner, key, orderId, undefined));
      return;
    case 'SHIPPED': {
      const asked = await untilTold(() => client.requestReturn(owner, key, orderId, one));
      const returnId = asked.part?.id;
      if (returnId !== undefined) await untilTold(() => client.takeBack(owner, key, orderId, returnId, one));
      return;
    }
    default:
  }
}
