// Mechanisms of the catalog: bulk upserts.
import type { Mutant, MutantTest } from './mutant.ts';

const variants = 'services/catalog/src/variants';
const unit = (name: string): MutantTest => ({ project: 'unit', file: `${variants}/upsert.test.ts`, name });
const bulk = (name: string): MutantTest => ({
  project: 'integration',
  file: 'services/catalog/src/bulk-upsert.int.test.ts',
  name,
});

export const catalogMutants: readonly Mutant[] = [
  {
    name: 'upsert-product-id',
    mechanism: 'two upserts of one new product name derive the same id, so that one of them decides again',
    file: `${variants}/upsert-variants.ts`,
    source: "newProductId: (name) => ids.get(name) ?? newId('prd'),",
    replacement: "newProductId: () => newId('prd'),",
    test: bulk('at once > upserts of one new name make one product'),
  },
  {
    name: 'upsert-record',
    mechanism: 'a bulk upsert with a key remembers its answer',
    file: `${variants}/bulk-upsert.ts`,
    source: 'if (requestKey) await deps.upsertRecords.insert([{ after: record }]);',
    replacement: '',
    test: bulk('an Idempotency-Key > gives the first answer again, also after a change, and refuses another body'),
  },
  {
    name: 'upsert-follow-status',
    mechanism: 'a bulk upsert that withdraws a product withdraws all of its variants',
    file: `${variants}/upsert.ts`,
    source: 'if (before && before.status !== after.status) followStatus(after, work);',
    replacement: '',
    test: unit('a known SKU > withdraws all variants of its product with a status, also those of no row'),
  },
  {
    name: 'upsert-repeated',
    mechanism: 'an SKU stands once in a bulk upsert',
    file: `${variants}/upsert.ts`,
    source: 'if (earlier === undefined) {',
    replacement: 'if (earlier === undefined || true) {',
    test: unit('a request > has each SKU once: the later row fails and names the first'),
  },
];
