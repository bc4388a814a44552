// Mechanisms that stand between what somebody sends, or asks, and what is stored or told.
import type { Mutant, MutantTest } from './mutant.ts';

const shared = 'packages/shared/src';
const integration = (file: string, name: string): MutantTest => ({ project: 'integration', file, name });
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file, name });
const body = (name: string) => unit(`${shared}/http/body.test.ts`, name);

const edgeMutants: readonly Mutant[] = [
  {
    name: 'reserved-keys-refused',
    mechanism: 'a key that a library takes for an instruction is refused in every body',
    file: `${shared}/http/body-bounds.ts`,
    source: 'if (isReservedKey(key))',
    replacement: 'if (false)',
    test: body('a body > with _bsontype is refused at its place'),
  },
  {
    name: 'reserved-keys-of-events',
    mechanism: 'an event with a reserved key never reaches a projection',
    file: `${shared}/messaging/consumer/events.ts`,
    source: 'if (reserved !== undefined) return',
    replacement: 'if (false) return',
    test: unit(
      `${shared}/messaging/consumer/batch.test.ts`,
      'planBatch > dead-letters an event with a key that is an instruction to a library',
    ),
  },
  {
    name: 'plain-data',
    mechanism: 'a record with free keys is stored as the data that it is, whatever its keys are called',
    file: `${shared}/persistence/plain-record.ts`,
    source: 'new Map(Object.entries(record))',
    replacement: 'record',
    test: integration(
      'services/catalog/src/writing.int.test.ts',
      'creating > stores what got past the edge as the data that it is',
    ),
  },
  {
    name: 'body-counted-before-parsing',
    mechanism: 'a body that holds too much is refused before any of it is made',
    file: `${shared}/http/body.ts`,
    source: 'refuseHugeText(text);',
    replacement: '',
    test: body('the event loop > is blocked by deep nesting for less than 20 ms'),
  },
  {
    name: 'body-keys-counted',
    mechanism: 'the keys of an object in a body are counted before a schema looks at them',
    file: `${shared}/http/body-bounds.ts`,
    source: 'if (count > bodyKeysPerObjectMax)',
    replacement: 'if (false)',
    test: body('a body > with too many keys is refused at its place'),
  },
  {
    name: 'record-keys-counted-first',
    mechanism: 'a schema counts the keys of a record before it looks at one',
    file: `${shared}/contracts/fields.ts`,
    source: 'if (!hasMoreKeys(record, keysMax)) return record;',
    replacement: 'if (keysMax > 0) return record;',
    test: unit(`${shared}/contracts/fields.test.ts`, 'records > metadata: keys are counted'),
  },
  {
    name: 'text-bounded-before-normalising',
    mechanism: 'text that is far too long is refused before it is normalised',
    file: `${shared}/contracts/text.ts`,
    source: '.max(max * rawLengthFactor, { abort: true })',
    replacement: '',
    test: unit(`${shared}/contracts/fields.test.ts`, 'a line of text > is refused before it is normalised'),
  },
  {
    name: 'broken-item-left-out',
    mechanism: 'one item that cannot be shown does not fail its list',
    file: `${shared}/http/page.ts`,
    source: 'return undefined;',
    replacement: 'throw error;',
    test: unit(`${shared}/http/page.test.ts`, 'a row that cannot be shown > is left out and logged with its id'),
  },
];

const catalogMutants: readonly Mutant[] = [
  {
    name: 'one-combination',
    mechanism: 'a product has one active variant of a combination, also of those that are added later',
    file: 'services/catalog/src/variants/add-variant.ts',
    source: 'refuseMisfit(command.planned.options, product.options, others);',
    replacement: '',
    test: integration(
      'services/catalog/src/writing.int.test.ts',
      'options > of ten variants with one combination at once, one is added',
    ),
  },
  {
    name: 'sku-of-active-variants',
    mechanism: 'an SKU is unique among the active variants of a tenant, whatever its case',
    file: 'services/catalog/src/variants/variant.store.ts',
    source: "unique: true,\n      partialFilterExpression: { status: 'active' },",
    replacement: '',
    test: integration(
      'services/catalog/src/writing.int.test.ts',
      'creating > refuses an SKU that an active variant has in whatever case, and stores nothing of the product',
    ),
  },
];

const draftMutants: readonly Mutant[] = [
  {
    name: 'drafts-hidden-stock',
    mechanism: 'the stock of a variant that is not for sale is unknown to a customer',
    file: 'services/inventory/src/stock/stock.routes.ts',
    source: 'onlyForSale: !seesAll',
    replacement: 'onlyForSale: false',
    test: integration(
      'services/inventory/src/stock/stock.int.test.ts',
      'the stock of a variant > is unknown to a customer where it is not for sale',
    ),
  },
  {
    name: 'drafts-hidden-orders',
    mechanism:
      'a customer who orders a variant that is not for sale is answered as for an unknown one, after the same time',
    file: 'services/orders/src/orders/price-order.ts',
    source: 'if (!onlyForSale || ',
    replacement: 'if (onlyForSale || ',
    test: integration(
      'services/orders/src/orders/place-order.int.test.ts',
      'placing > refuses a customer a variant that is not for sale like one that does not exist, after the same time',
    ),
  },
  {
    name: 'drafts-hidden-sockets',
    mechanism: 'a customer hears nothing of a variant that is not for sale',
    file: 'services/realtime/src/sockets/fan-out.ts',
    source: 'if (!forSale.isForSale(tenantId, variantId)) return;',
    replacement: '',
    test: unit('services/realtime/src/sockets/fan-out.test.ts', 'fan-out > tells customers nothing of a variant'),
  },
  {
    name: 'variant-states-read',
    mechanism: 'a process reads what was for sale before somebody followed it',
    file: 'services/realtime/src/sockets/for-sale.ts',
    source: 'for (const state of await read(tenantId, variantIds)) raise(state);',
    replacement: '',
    test: unit('services/realtime/src/sockets/for-sale.test.ts', 'what was stored before counts'),
  },
];

export const inputMutants: readonly Mutant[] = [...edgeMutants, ...catalogMutants, ...draftMutants];
