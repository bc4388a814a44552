// A business of any size within minutes: a small one is made through the gateway like anybody's, then its documents are
// copied under new ids and SKUs, past the services. Copies carry no events, so only reads find them.
import { ordersApi } from '@holdfast/shared/contracts';
import { base32 } from '@holdfast/shared/values';
import { copiedTogetherMax, seedingInFlight } from '../limits.ts';
import type { BenchPlatform } from './platform.ts';
import type { Tenant } from './tenants.ts';

/** What one copy of the small business has. */
export const seed = { variants: 200, variantsPerProduct: 4, orders: 200, linesPerOrder: 2 } as const;

/** The collections whose size the lists of a business depend on. */
const copied = [
  ['catalog', 'products'],
  ['catalog', 'variants'],
  ['inventory', 'stock_items'],
  ['inventory', 'stock_levels'],
  ['inventory', 'movements'],
  ['orders', 'orders'],
] as const;

/** Numbers of orders are unique: each copy has a range of its own. */
export const numbersPerCopy = 1_000;

const copyDigits = 5;
const idPattern = /(prd|var|lvl|mov|ord)_[a-z2-7]{26}/g;
/** What SKUs begin with, in whatever case; a copy has its number there. */
const skuMark = 'zzzzz';

/** Five characters that sort like the number. */
function copyText(copy: number): string {
  return base32(Uint8Array.of(copy >>> 17, copy >>> 9, copy >>> 1, (copy & 1) << 7)).slice(0, copyDigits);
}

function renamed(text: string, mark: string): string {
  const named = text.replace(idPattern, (id) => id.slice(0, -copyDigits) + mark);
  return named.replaceAll(skuMark, mark).replaceAll(skuMark.toUpperCase(), mark.toUpperCase());
}

/** A value as a copy has it; dates, numbers and the like are shared. */
function copyOf(value: unknown, mark: string): unknown {
  if (typeof value === 'string') return renamed(value, mark);
  if (Array.isArray(value)) return value.map((one) => copyOf(one, mark));
  if (value === null || typeof value !== 'object' || value.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [renamed(name, mark), copyOf(one, mark)]));
}

const words = ['wool', 'cotton', 'linen', 'silk', 'denim', 'felt', 'jersey', 'fleece', 'canvas', 'velvet'];

async function addOrders({ customer, variants }: Tenant): Promise<void> {
  let next = 0;
  const loop = async () => {
    for (let order = next++; order < seed.orders; order = next++) {
      const lines = Array.from({ length: seed.linesPerOrder }, (_, line) => {
        return { variantId: variants[(order * seed.linesPerOrder + line) % variants.length]!, quantity: 1 };
      });
      await customer.call(ordersApi.placeOrder, { body: { lines }, key: `seed-${order}` });
    }
  };
  await Promise.all(Array.from({ length: seedingInFlight }, loop));
}

type Service = (typeof copied)[number][0];

/**
 * Makes the business and returns it once its lists have this many variants, and as many orders; of some services only,
 * when others are not read.
 */
export async function makeLargeTenant(
  platform: BenchPlatform,
  variantCount: number,
  log: (line: string) => void,
  services?: readonly Service[],
): Promise<Tenant> {
  const tenant = await platform.tenants.add();
  for (let product = 0; product * seed.variantsPerProduct < seed.variants; product++) {
    const name = `${words[product % words.length]} ${words[(product * 7 + 3) % words.length]} cap`;
    const skus = Array.from({ length: seed.variantsPerProduct }, (_, index) => `${skuMark}-${product}-${index}`);
    tenant.variants.push(...(await platform.tenants.addNamedProduct(tenant, { name, skus, stock: 1_000_000 })));
  }
  await platform.untilArrived(seed.variants);
  await addOrders(tenant);
  await platform.untilQuiet();
  const copies = Math.ceil(variantCount / seed.variants) - 1;
  const startedAt = performance.now();
  for (const [service, collection] of copied) {
    if (services && !services.includes(service)) continue;
    const count = await copyAll(platform, { service, collection, tenantId: tenant.tenantId, copies });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    log(`${variantCount} variants: ${count} ${collection} after ${seconds} s`);
  }
  return tenant;
}

type Copying = { service: Service; collection: string; tenantId: string; copies: number };

async function copyAll({ reading }: BenchPlatform, { service, collection, tenantId, copies }: Copying) {
  const target = reading.db(service).collection(collection);
  const originals = await target.find({ tenantId }).toArray();
  if (originals.length === 0) throw new Error(`${service}.${collection} has nothing of ${tenantId} to copy`);
  const isEvented = originals.some((document) => 'events' in document);
  let batch: object[] = [];
  const flush = async () => {
    if (batch.length > 0) await target.insertMany(batch as never, { ordered: false, writeConcern: { w: 1 } });
    batch = [];
  };
  for (let copy = 1; copy <= copies; copy++) {
    const mark = copyText(copy);
    for (const { events: _events, ...document } of originals) {
      const numbered = typeof document.number === 'number' ? { number: document.number + copy * numbersPerCopy } : {};
      batch.push({ ...(copyOf(document, mark) as object), ...numbered, ...(isEvented ? { events: [] } : {}) });
      if (batch.length >= copiedTogetherMax) await flush();
    }
  }
  await flush();
  return originals.length * (copies + 1);
}
