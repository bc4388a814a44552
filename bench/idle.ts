// One order after the other on an idle platform, at the gateway: from the request to 201 CONFIRMED, durable writes and decision included.
import { randomUUID } from 'node:crypto';
import { quantile, type Report } from './report.ts';
import type { Shop } from './shop.ts';

const warmUpCount = 100;
const orderCount = 500;

export async function measureIdle(shop: Shop): Promise<Report> {
  const variantId = await shop.stockVariant(1_000_000);
  const place = async () => {
    const startedAt = performance.now();
    const answer = await shop.send<{ status: string }>(
      'POST',
      '/v1/orders',
      { lines: [{ variantId, quantity: 1 }] },
      randomUUID(),
    );
    if (answer.status !== 201) throw new Error(`an order was not confirmed: ${JSON.stringify(answer)}`);
    return performance.now() - startedAt;
  };
  for (let n = 0; n < warmUpCount; n++) await place();
  const times: number[] = [];
  for (let n = 0; n < orderCount; n++) times.push(await place());

  const broken = await shop.checkLedger(variantId);
  const stock = await shop.send<{ reserved: number }>('GET', `/v1/stock/${variantId}`);
  const placed = warmUpCount + orderCount;
  if (stock.body.reserved !== placed)
    broken.push(`${placed} units were confirmed, ${stock.body.reserved} are reserved`);
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  return {
    scenario: 'idle',
    what: `${orderCount} orders of one line, one at a time, POST /v1/orders to 201`,
    figures: {
      'p50 ms': p50,
      'p90 ms': quantile(times, 0.9),
      'p99 ms': p99,
      'min ms': quantile(times, 0),
      'max ms': quantile(times, 1),
    },
    goals: [
      { text: 'p50 <= 20 ms', met: p50 <= 20 },
      { text: 'p99 <= 60 ms', met: p99 <= 60 },
    ],
    broken,
  };
}
