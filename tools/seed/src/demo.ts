// `npm run demo -- --rate 5 --minutes 10`: live traffic on a running platform with demo data. Customers order and
// sometimes cancel, staff put sold-out variants back on the shelf. Bounded in rate and time; stops with Ctrl-C.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ApiProblem, type Client } from '@holdfast/sdk';
import { adjustmentsApi, authApi, catalogApi, ordersApi } from '@holdfast/shared/contracts';
import { readConfig } from './config.ts';
import { connect } from './connect.ts';
import type { Demo } from './demo-file.ts';
import { cancelShare, demoMinutesMax, demoRateMax, demoWaitingMax, restockUnits } from './limits.ts';

type Shop = { variantIds: string[]; customers: Client[]; manager: Client };
type Counts = { placed: number; refused: number; cancelled: number; restocked: number; failed: number };

function readNumber(text: string | undefined, name: string, max: number, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!(value > 0 && value <= max)) throw new Error(`--${name} is a number above 0, at most ${max}`);
  return value;
}

function readDemo(file: string): Demo {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Demo;
  } catch {
    throw new Error(`there is no demo data in ${file}: run \`npm start\` first, and leave it running`);
  }
}

async function openShops(api: Client, { signIns }: Demo): Promise<Shop[]> {
  const byTenant = Map.groupBy(signIns, (signIn) => signIn.tenant);
  return Promise.all(
    [...byTenant].map(async ([tenant, people]) => {
      const signIn = async ({ email, password }: (typeof people)[number]) =>
        api.as(await api.call(authApi.login, { body: { tenant, email, password } }));
      const manager = await signIn(people.find(({ role }) => role === 'MANAGER')!);
      const customers = await Promise.all(people.filter(({ role }) => role === 'CUSTOMER').map(signIn));
      const { data } = await manager.call(catalogApi.listVariants, { query: { limit: 100, status: 'active' } });
      return { manager, customers, variantIds: data.map(({ id }) => id) };
    }),
  );
}

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!;

async function buy(shop: Shop, counts: Counts): Promise<void> {
  const customer = pick(shop.customers);
  const variantIds = new Set([pick(shop.variantIds), pick(shop.variantIds)]);
  const lines = [...variantIds].map((variantId) => ({ variantId, quantity: 1 + Math.floor(Math.random() * 2) }));
  try {
    const order = await customer.call(ordersApi.placeOrder, { body: { lines } });
    counts.placed += 1;
    if (Math.random() < cancelShare) {
      await customer.call(ordersApi.cancelOrder, { params: { id: order.id }, body: { reason: 'changed my mind' } });
      counts.cancelled += 1;
    }
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'insufficient_stock') throw error;
    counts.refused += 1;
    for (const { variantId } of lines) {
      const body = { variantId, delta: restockUnits, reason: 'received' as const };
      await shop.manager.call(adjustmentsApi.createAdjustment, { body });
      counts.restocked += 1;
    }
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rate: { type: 'string' }, minutes: { type: 'string' } } });
  const rate = readNumber(values.rate, 'rate', demoRateMax, 5);
  const minutes = readNumber(values.minutes, 'minutes', demoMinutesMax, 10);
  const { gatewayUrl, demoFile } = readConfig();
  const demo = readDemo(demoFile);
  const counts: Counts = { placed: 0, refused: 0, cancelled: 0, restocked: 0, failed: 0 };
  const shops = await openShops(connect(gatewayUrl), demo);
  console.log(`${rate} orders a second at ${gatewayUrl} for ${minutes} minutes; Ctrl-C stops`);
  const report = setInterval(() => console.log(JSON.stringify(counts)), 5_000);
  const end = performance.now() + minutes * 60_000;
  let waiting = 0;
  while (performance.now() < end) {
    if (waiting < demoWaitingMax) {
      waiting += 1;
      buy(pick(shops), counts)
        .catch((error: Error) => {
          counts.failed += 1;
          console.error(error.message);
        })
        .finally(() => {
          waiting -= 1;
        });
    }
    await pause(1_000 / rate);
  }
  clearInterval(report);
  console.log(JSON.stringify(counts));
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
