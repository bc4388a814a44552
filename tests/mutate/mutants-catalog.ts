// Mechanisms of the catalog: bulk upserts, categories.
import type { Mutant, MutantTest } from './mutant.ts';

const variants = 'services/catalog/src/variants';
const categories = 'services/catalog/src/categories';
const inTree = (name: string): MutantTest => ({
  project: 'integration',
  file: `${categories}/categories.int.test.ts`,
  name,
});
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
    file: `${variants}/upsert-rows.ts`,
    source: 'if (earlier === undefined) {',
    replacement: 'if (earlier === undefined || true) {',
    test: unit('a request > has each SKU once: the later row fails and names the first'),
  },
  {
    name: 'category-tree-written',
    mechanism: 'whoever moves a category writes the tree of the tenant, so that two moves make no cycle',
    file: `${categories}/change-category.ts`,
    source: 'await deps.categoryTrees.save(tenantId, read, tree, session);',
    replacement: '',
    test: inTree('at once > two moves that would make a cycle together are not both done'),
  },
  {
    name: 'category-created-once',
    mechanism: 'a new path is created in the tree that was read',
    file: `${categories}/resolve-categories.ts`,
    source: 'await deps.categoryTrees.save(tenantId, read, grown, session);',
    replacement: '',
    test: inTree('at once > products under a new path create it once'),
  },
  {
    name: 'category-in-use',
    mechanism: 'a category that has products or categories in it stays',
    file: `${categories}/change-category.ts`,
    source: 'await refuseUsed({ tenantId, id, tree: read.tree }, session, deps);',
    replacement: '',
    test: inTree('the tree > loses a category only when nothing is in it'),
  },
];
