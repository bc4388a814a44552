// I5 in what services keep of one another: after everything was delivered a projection equals its source.
import { derivedId } from '@holdfast/shared/values';
import type { DatabaseNames, Reading, Row } from './installation.ts';
import type { Findings } from './violations.ts';

type Variant = Row & { sku: string; productName: string; price: object; forSale: boolean; version: number };
type KnownVariant = Row & { sku: string; name: string; price: object; forSale: boolean; version: number };
type StockItem = Row & { sku: string; catalogVersion: number };
type User = Row & { role: string; version: number };

/** Compares what orders and inventory know with the catalog and with auth. `forged` names subjects of forged events. */
export async function checkProjections(
  reading: Reading,
  findings: Findings,
  forged: ReadonlySet<string>,
): Promise<number> {
  const variants = await readAll<Variant>(reading, 'catalog', 'variants');
  const report: Report = (kind, { _id: id, tenantId }, detail) =>
    findings.add({ invariant: 'I5', kind, tenantId, id, detail });
  const priced = await readAll<KnownVariant>(reading, 'orders', 'variants');
  const items = await readAll<StockItem>(reading, 'inventory', 'stock_items');
  for (const variant of variants.values()) {
    compare('orders.variant', variant, priced.get(variant._id), { now: factsOf, known: factsKnown }, report);
    compare('inventory.item', variant, items.get(variant._id), { now: itemFacts, known: itemKnown }, report);
  }
  for (const row of [...priced.values(), ...items.values()]) {
    if (!variants.has(row._id) && !forged.has(row._id))
      report('projection.no_source', row, 'no variant of the catalog');
  }
  await compareCustomers(reading, report);
  await compareLocations(reading, report);
  return variants.size;
}

type Report = (kind: string, row: Row, detail: string) => void;

async function readAll<R extends Row>(reading: Reading, service: keyof DatabaseNames, collection: string) {
  const rows = new Map<string, R>();
  for await (const row of reading.rows<R>(service, collection)) rows.set(row._id, row);
  return rows;
}

const factsOf = ({ tenantId, sku, productName: name, price, forSale, version }: Variant) => {
  return { tenantId, sku, name, price, forSale, version };
};
const factsKnown = ({ tenantId, sku, name, price, forSale, version }: KnownVariant) => {
  return { tenantId, sku, name, price, forSale, version };
};
const itemFacts = ({ tenantId, sku, version }: Variant) => ({ tenantId, sku, version });
const itemKnown = ({ tenantId, sku, catalogVersion: version }: StockItem) => ({ tenantId, sku, version });

function compare<Known extends Row>(
  kind: string,
  variant: Variant,
  known: Known | undefined,
  facts: { now: (variant: Variant) => object; known: (known: Known) => object },
  report: Report,
) {
  if (known === undefined) return report(`${kind}.missing`, variant, 'the variant is not known');
  const [is, isKnown] = [JSON.stringify(facts.now(variant)), JSON.stringify(facts.known(known))];
  if (is !== isKnown) report(`${kind}.differs`, variant, `is ${is}, known as ${isKnown}`);
}

async function compareCustomers(reading: Reading, report: Report): Promise<void> {
  const known = await readAll<Row>(reading, 'orders', 'customers');
  for (const user of (await readAll<User>(reading, 'auth', 'users')).values()) {
    if (user.role === 'CUSTOMER' && known.get(user._id)?.tenantId !== user.tenantId) {
      report('orders.customer.missing', user, 'orders does not know this customer');
    }
  }
}

async function compareLocations(reading: Reading, report: Report): Promise<void> {
  const locations = await readAll<Row>(reading, 'inventory', 'locations');
  for (const tenant of (await readAll<Row>(reading, 'auth', 'tenants')).values()) {
    if (!locations.has(derivedId('loc', tenant._id, 'main'))) {
      report(
        'inventory.location.missing',
        { ...tenant, tenantId: tenant._id },
        'inventory has no main location for it',
      );
    }
  }
}
