// Whether the sockets hear: each is connected, and both of a tenant are told of an order that is placed now.
// Invariant: an order that was placed while a socket was not connected proves nothing,
// so connections are waited for first.
import { until } from '@holdfast/shared/testing';
import type { ChaosClient } from './client.ts';
import { comeBackMaxMs, heardMaxMs, retryMs } from './limits.ts';
import type { Listeners } from './listeners.ts';
import type { Shop } from './market.ts';

/** What is wrong, one line per tenant; `mark` tells the orders of one look from those of another. */
export async function findDeaf(
  shops: readonly Shop[],
  listeners: Listeners,
  client: ChaosClient,
  mark: string,
): Promise<string[]> {
  const looks = shops.map(async (shop) => {
    const ears = [shop.owner.id, shop.customers[0]!.id];
    const away = () => ears.filter((id) => !listeners.isConnected(id)).length;
    if (!(await within(comeBackMaxMs, () => away() === 0))) {
      return [`${away()} of 2 sockets of tenant ${shop.tenantId} did not come back within ${comeBackMaxMs / 1_000} s`];
    }
    const id = await placeOne(shop, client, mark);
    const told = () =>
      new Set(listeners.heard.filter((one) => one.subject === id).map((one) => callerOf(one.connection)));
    if (await within(heardMaxMs, () => told().size === 2)) return [];
    return [`${told().size} of 2 sockets of tenant ${shop.tenantId} heard of its order ${id ?? '(none)'} (${mark})`];
  });
  return (await Promise.all(looks)).flat();
}

const callerOf = (connection: string) => connection.split('#')[0]!;

/** A token may have expired meanwhile, which the first attempt finds out. */
async function placeOne({ tenantId, customers, spread }: Shop, client: ChaosClient, mark: string) {
  const lines = [{ variantId: spread[0]!, quantity: 1 }];
  const place = async () => (await client.place(customers[0]!, `${mark}-${tenantId}`, lines)).id;
  const options = { what: 'an order is placed', timeoutMs: heardMaxMs, everyMs: retryMs };
  return until(place, options).catch(() => undefined);
}

/** Whether it became true in time. */
const within = (timeoutMs: number, isTrue: () => boolean): Promise<boolean> =>
  until(isTrue, { what: 'it is so', timeoutMs }).then(
    () => true,
    () => false,
  );
