// Products with their variants as an import reads them: importing an export changes nothing.
import type { Money } from '@holdfast/shared/values';
import type { CategoryTree } from '../categories/category-tree.ts';
import { formatAmount } from '../csv/amounts.ts';
import type { Cell } from '../csv/write-csv.ts';
import type { Stores } from '../deps.ts';
import { columnCountMax, productPageMax } from '../limits.ts';
import type { ProductStore } from '../products/product.store.ts';
import type { Product } from '../products/product.ts';
import type { VariantStore } from '../variants/variant.store.ts';
import type { Variant } from '../variants/variant.ts';
import type { Export } from './export.ts';
import type { ExportRow, RowSource } from './export-rows.ts';

type ProductRowDeps = {
  variants: Pick<VariantStore, 'listByProduct'>;
  products: Pick<ProductStore, 'readMany'>;
  categoryTrees: Pick<Stores['categoryTrees'], 'read'>;
};

const before = ['sku', 'name', 'price', 'currency'] as const;
const costs = ['cost', 'costCurrency'] as const;
const after = ['barcode', 'weightGrams', 'category', 'description', 'status'] as const;

/** The source over these stores. */
export function productRows(deps: ProductRowDeps): RowSource {
  return {
    async columns(job) {
      const options = await optionNames(job, deps);
      return [...before, ...(job.withCost ? costs : []), ...after, ...options.map((name) => `option.${name}`)];
    },
    async *pages(job) {
      for await (const { variants, products } of pagesOf(job, deps)) {
        const { tree } = await deps.categoryTrees.read(job.tenantId);
        yield variants.map((variant) => rowOf(variant, products.get(variant.productId)!, { tree, ...job }));
      }
    },
  };
}

/** Of all variants that are exported: the header has to be written before the first of them. */
async function optionNames(job: Export, deps: ProductRowDeps): Promise<string[]> {
  const names = new Set<string>();
  for await (const { variants } of pagesOf(job, deps)) {
    for (const { options } of variants) for (const name of Object.keys(options)) names.add(name);
    if (names.size > columnCountMax - before.length - costs.length - after.length) throw new TooManyOptions();
  }
  return [...names].sort();
}

/** A file with so many columns could not be imported. */
export class TooManyOptions extends Error {}

type Page = { variants: Variant[]; products: Map<string, Product> };

/** Active variants with their products, product by product. */
async function* pagesOf({ tenantId, filter }: Export, deps: ProductRowDeps): AsyncGenerator<Page> {
  for (let last = ''; ; ) {
    const { variants: found, next } = await deps.variants.listByProduct(tenantId, last, productPageMax);
    const ids = new Set(found.map(({ productId }) => productId));
    const read = await deps.products.readMany([...ids].map((id) => ({ tenantId, id })));
    const isWanted = ({ status }: Product) => status !== 'archived' && (filter?.status ?? status) === status;
    const wanted = [...read.values()].filter(isWanted).map((product) => [product.id, product] as const);
    const products = new Map(wanted);
    yield {
      variants: found.filter(({ status, productId }) => status === 'active' && products.has(productId)),
      products,
    };
    if (next === undefined) return;
    last = next;
  }
}

type Shown = Pick<Export, 'withCost'> & { tree: CategoryTree };

function rowOf(variant: Variant, product: Product, { withCost, tree }: Shown): ExportRow {
  const { sku, price, barcode, weightGrams, options } = variant;
  const cost = withCost ? variant.cost : null;
  const fields = {
    barcode: barcode ?? undefined,
    weightGrams: weightGrams ?? undefined,
    category: product.categoryId === null ? undefined : tree.pathOf(product.categoryId),
    description: product.description ?? undefined,
    status: product.status,
  };
  const optionCells = Object.entries(options).map(([name, value]): [string, Cell] => [`option.${name}`, value]);
  const line = {
    sku,
    name: product.name,
    price: formatAmount(price.amount, price.currency),
    currency: price.currency,
    ...costCells(cost, price.currency),
    ...fields,
    ...Object.fromEntries(optionCells),
  };
  const json = {
    id: variant.id,
    productId: product.id,
    sku,
    name: product.name,
    price,
    ...(cost === null ? {} : { cost }),
    ...fields,
    options,
  };
  return { json, lines: [line] };
}

function costCells(cost: Money | null, currency: string): Record<string, Cell> {
  if (cost === null) return {};
  const amount = formatAmount(cost.amount, cost.currency);
  return cost.currency === currency ? { cost: amount } : { cost: amount, costCurrency: cost.currency };
}
