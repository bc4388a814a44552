// Mechanisms of the catalog: bulk upserts, categories, search.
import type { Mutant, MutantTest } from './mutant.ts';

const variants = 'services/catalog/src/variants';
const categories = 'services/catalog/src/categories';
const inTree = (name: string): MutantTest => ({
  project: 'integration',
  file: `${categories}/categories.int.test.ts`,
  name,
});
const search = 'services/catalog/src/search';
const searching = (name: string): MutantTest => ({
  project: 'integration',
  file: `${search}/search.int.test.ts`,
  name,
});
const unit = (name: string): MutantTest => ({ project: 'unit', file: `${variants}/upsert.test.ts`, name });
const bulk = (name: string): MutantTest => ({
  project: 'integration',
  file: 'services/catalog/src/bulk-upsert.int.test.ts',
  name,
});

const converted = (name: string): MutantTest => ({
  project: 'integration',
  file: 'services/catalog/src/conversions/convert-products.int.test.ts',
  name,
});
const moved: MutantTest = {
  project: 'integration',
  file: 'services/catalog/src/answers/kept-answers.int.test.ts',
  name: 'a change > of a category is shown with its products at once, in their details too',
};

export const catalogMutants: readonly Mutant[] = [
  {
    name: 'category-filing-met',
    mechanism: 'who deletes a category writes what products that are filed there write',
    file: `${categories}/change-category.ts`,
    source: 'await deps.categoryFilings.close(tenantId, id, session);',
    replacement: '',
    test: inTree(
      'a category that is deleted while a product is filed under it > stays, or the product is refused: one',
    ),
  },
  {
    name: 'category-filing-written',
    mechanism: 'who files a product writes what the deletion of its category writes',
    file: `${categories}/file-products.ts`,
    source: 'await categoryFilings.file(tenantId, filed, session);',
    replacement: '',
    test: inTree(
      'a category that is deleted while a product is filed under it > stays, or the product is refused: one',
    ),
  },
  {
    name: 'category-filing-deleted',
    mechanism: 'no product is filed under a category that was deleted before its transaction',
    file: `${categories}/file-products.ts`,
    source: 'if ([...found.values()].some(({ isDeleted }) => isDeleted))',
    replacement: 'if (false)',
    test: inTree('a category that is deleted while a product is filed under it > stays, or its row alone fails'),
  },
  {
    name: 'moved-path-sent',
    mechanism: 'what shows a path that changed since its version is sent to who knows the version',
    file: 'packages/shared/src/http/operation-route.ts',
    source: '!result.isAlwaysSent && ',
    replacement: '',
    test: moved,
  },
  {
    name: 'moved-path-kept',
    mechanism: 'a kept answer knows that its version does not tell all of what it shows',
    file: 'services/catalog/src/answers/kept-answers.ts',
    source: '...(isAlwaysSent ? { isAlwaysSent } : {}),',
    replacement: '',
    test: moved,
  },
  {
    name: 'moved-path-time',
    mechanism: 'the tree knows when a category was renamed or moved',
    file: 'services/catalog/src/categories/change-category.ts',
    source: ', changedAt: stamp.now }',
    replacement: ' }',
    test: moved,
  },
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
    source: 'if (isMoved) followProduct(after, work);',
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
  {
    name: 'search-all-terms',
    mechanism: 'a search finds only what has all of its words',
    file: `${search}/search.store.ts`,
    source: 'for (const term of terms) {',
    replacement: 'for (const term of terms.slice(0, 0)) {',
    test: searching('products > q=soft+cotton+plain'),
  },
  {
    name: 'search-conditions',
    mechanism: 'a search for a word keeps only what meets the conditions, too',
    file: `${search}/search.store.ts`,
    source: 'keys.filter((row) => meets(row, where)).map(',
    replacement: 'keys.map(',
    test: searching('products > q=wool&category=Apparel&priceMax=900'),
  },
  {
    name: 'search-budget',
    mechanism: 'a page of a search looks at a bounded number of index entries',
    file: `${search}/search.store.ts`,
    source: ' || seen >= candidatesPerPageMax',
    replacement: '',
    test: searching(
      'a search that looks at very much and finds nothing > ends its page early, with a cursor that goes on',
    ),
  },
  {
    name: 'search-unfinished-page',
    mechanism: 'a list that ended before it was looked through has a cursor',
    file: 'packages/shared/src/http/page.ts',
    source: 'return { texts, last: resumeAt };',
    replacement: 'return { texts, last: undefined };',
    test: searching(
      'a search that looks at very much and finds nothing > ends its page early, with a cursor that goes on',
    ),
  },
  {
    name: 'search-category-below',
    mechanism: 'a filter by category includes the categories below it',
    file: `${search}/filters.ts`,
    source: 'tree.subtreeOf(id);',
    replacement: '[id];',
    test: searching('products > category=Apparel'),
  },
  {
    name: 'search-summary',
    mechanism: 'a product is found by its variants as they are now',
    file: 'services/catalog/src/products/product.ts',
    source: '{ ...product, summary: summaryOf(variants) }, productUpdated, stamp)',
    replacement: 'product, productUpdated, stamp)',
    test: searching('products > have the lowest price, the words and the options of their variants as they are now'),
  },
  {
    name: 'derived-fields',
    mechanism: 'a change writes the fields that indexes need anew',
    file: 'packages/shared/src/persistence/collection/collection.ts',
    source: 'if (definition.derived) addDerived(update, before, after, definition);',
    replacement: '',
    test: searching('products > have the lowest price, the words and the options of their variants as they are now'),
  },
  {
    name: 'conversion',
    mechanism: 'products of an older release are converted before the catalog serves',
    file: 'services/catalog/src/conversions/convert-products.ts',
    source: 'terms === undefined || terms.some(',
    replacement: 'terms?.some(',
    test: converted('products and variants without terms are converted once, with the category that they had as text'),
  },
  {
    name: 'upsert-in-turn',
    mechanism: 'bulk upserts of a tenant come one after the other in a process',
    file: `${variants}/turns.ts`,
    source: 'await before;',
    replacement: '',
    test: {
      project: 'unit',
      file: `${variants}/turns.test.ts`,
      name: 'lets one after the other work, in the order of asking, also after one that failed',
    },
  },
  {
    name: 'upsert-in-time',
    mechanism: 'rows of a bulk upsert that nobody could store in time are busy',
    file: `${variants}/upsert-variants.ts`,
    source: 'if (leftMs <= 0) return rows.map(contended);',
    replacement: '',
    test: bulk('many at once > are busy past their time, and store nothing'),
  },
  {
    name: 'conversion-spelling',
    mechanism: 'terms that no search asks for any more are renewed before the catalog serves',
    file: 'services/catalog/src/conversions/convert-products.ts',
    source: 'terms.some((term) => term !== caseless(term))',
    replacement: 'false',
    test: converted('products and variants with terms of another spelling get those that a search asks for'),
  },
];
