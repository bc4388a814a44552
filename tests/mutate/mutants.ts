// Every mechanism that a promise rests on, taken away one by one: what is changed, and which test notices.
import type { Mutant, MutantTest } from './mutant.ts';
import { adjustmentMutants } from './mutants-adjustments.ts';
import { apiMutants } from './mutants-api.ts';
import { cacheMutants } from './mutants-cache.ts';
import { catalogMutants } from './mutants-catalog.ts';
import { consumeMutants } from './mutants-consume.ts';
import { devstackMutants } from './mutants-devstack.ts';
import { edgeMutants } from './mutants-edge.ts';
import { editMutants } from './mutants-edits.ts';
import { fileMutants } from './mutants-files.ts';
import { identityMutants } from './mutants-identity.ts';
import { inputMutants } from './mutants-inputs.ts';
import { kernelMutants } from './mutants-kernel.ts';
import { loadMutants } from './mutants-load.ts';
import { locationMutants } from './mutants-locations.ts';
import { mailMutants } from './mutants-mail.ts';
import { messagingMutants } from './mutants-messaging.ts';
import { orderMutants } from './mutants-orders.ts';
import { parcelMutants } from './mutants-parcels.ts';
import { paymentMutants } from './mutants-payments.ts';
import { purchasingMutants } from './mutants-purchasing.ts';
import { reconciliationMutants } from './mutants-reconciliation.ts';
import { scaleMutants } from './mutants-scale.ts';

const shared = 'packages/shared/src';
const inventory = 'services/inventory/src';

const reserving = (name: string): MutantTest => ({
  project: 'unit',
  file: `${inventory}/reservations/reserve-stock.test.ts`,
  name,
});
const integration = (file: string, name: string): MutantTest => ({ project: 'integration', file, name });
const tenancy = (file: string, name: string): MutantTest => ({
  project: 'tenancy',
  file: `tests/tenancy/${file}`,
  name,
});

const stockMutants: readonly Mutant[] = [
  {
    name: 'version-filter-levels',
    mechanism: 'a stock level is written only where its version is the one decided on',
    file: `${shared}/persistence/collection/collection.ts`,
    source: 'tenantId: tenantId!, version }',
    replacement: 'tenantId: tenantId! }',
    test: integration(
      `${inventory}/stock/stock-writer.int.test.ts`,
      'a level that changed after it was read > is a conflict, also without a transaction around the reading, and keeps what it has',
    ),
  },
  {
    name: 'version-filter-reservations',
    mechanism: 'a reservation is written only where its version is the one decided on',
    file: `${shared}/persistence/collection/collection.ts`,
    source: 'tenantId: tenantId!, version }',
    replacement: 'tenantId: tenantId! }',
    test: integration(
      `${inventory}/reservations/reservation.store.int.test.ts`,
      'a reservation that changed after it was read is a conflict, and stays as it is',
    ),
  },
  {
    name: 'movement-number',
    mechanism: 'a sequence number of a level exists once in the ledger',
    file: `${inventory}/stock/movement.store.ts`,
    source: 'sequence: 1 },\n      unique: true,',
    replacement: 'sequence: 1 },',
    test: integration(
      `${inventory}/stock/movement.store.int.test.ts`,
      'a second movement with the number of a first is refused',
    ),
  },
  {
    name: 'request-number',
    mechanism: 'inventory ignores a request that is smaller than the one decided',
    file: `${inventory}/reservations/reserve-stock.ts`,
    source: 'if (current && request.request < current.request) return undefined;',
    replacement: '',
    test: reserving('a repeated request > is ignored when it is smaller'),
  },
  {
    name: 'request-decided-once',
    mechanism: 'inventory answers an equal request again instead of deciding it again',
    file: `${inventory}/reservations/reserve-stock.ts`,
    source: 'const after = isKnown ? current : decideDemand(',
    replacement: 'const after = decideDemand(',
    test: reserving('a repeated request'),
  },
  {
    name: 'tombstone',
    mechanism: 'a cancellation without a reservation leaves one, so that a late place holds nothing',
    file: `${inventory}/reservations/reserve-stock.ts`,
    source: 'if (current && request.request < current.request) return undefined;',
    replacement: "if (!current && request.kind === 'cancel') return undefined;",
    test: reserving('leaves a tombstone when nothing is there, so that the place that comes late holds nothing'),
  },
  {
    name: 'all-or-nothing',
    mechanism: 'an order with one short line holds nothing',
    file: `${inventory}/reservations/reserve-stock.ts`,
    source: 'if (shortages.length > 0) {',
    replacement: 'if (shortages.length === lines.length) {',
    test: reserving('placing > holds nothing when one line is short, and names every short line'),
  },
  {
    name: 'refusal-on-read-levels',
    mechanism: 'an order is refused only on levels that were read in the transaction',
    file: `${inventory}/decide-batch.ts`,
    source: "if (after.outcome === 'rejected') return false;",
    replacement: '',
    test: integration(
      `${inventory}/on-batch.int.test.ts`,
      'the last item > is refused only on levels that were read, not on what a process remembers',
    ),
  },
  {
    name: 'first-try-conflict',
    mechanism: 'an order that has a reservation after all is read and decided again',
    file: `${inventory}/on-batch.ts`,
    source: 'throw unseen && isDuplicateKey(error) ?',
    replacement: 'throw false ?',
    test: integration(
      `${inventory}/on-batch.int.test.ts`,
      'requests that come again > change nothing and publish the stored outcome under a new event id',
    ),
  },
  {
    name: 'adjustment-key',
    mechanism: "an adjustment's id derives from the caller's Idempotency-Key",
    file: `${inventory}/adjustments/adjustment.ts`,
    source: "'adjustments.create', idempotencyKey)",
    replacement: "'adjustments.create', idempotencyKey, String(Math.random()))",
    test: integration(
      `${inventory}/adjustments/adjustments.int.test.ts`,
      'a repeated key > sent twenty times at once to two processes creates one adjustment',
    ),
  },
  {
    name: 'adjustment-cooldown',
    mechanism: 'a process waits between two transactions on one level, so that its owner gets a turn',
    file: `${inventory}/stock/stock-writer.ts`,
    source: 'cooldowns.start(levelKeys,',
    replacement: 'cooldowns.start([],',
    test: integration(
      `${inventory}/stock/stock-writer.int.test.ts`,
      'a batch of commands > waits while one of its levels is cooling down, so that the owner of the level gets a turn',
    ),
  },
];

const platformMutants: readonly Mutant[] = [
  {
    name: 'tenancy-guard',
    mechanism: 'the driver guard: a command that is not scoped is not sent',
    file: `${shared}/persistence/guard/guard.ts`,
    source: 'guardCommand(event, scope, rules);',
    replacement: '',
    test: tenancy('guard-alone.test.ts', 'native collections > refuses'),
  },
  {
    name: 'tenancy-guard-transaction',
    mechanism: 'a transaction in which a command was refused can only be aborted',
    file: `${shared}/persistence/guard/guard.ts`,
    source: 'transactions.remember(event);',
    replacement: '',
    test: integration(
      `${shared}/persistence/transaction.int.test.ts`,
      'a refusal inside a transaction > also stops a commit that is called on the session itself',
    ),
  },
  {
    name: 'tenancy-plugin',
    mechanism: 'the mongoose plugin: the tenant is put into every query',
    file: `${shared}/persistence/plugin/plugin.ts`,
    source: "if (layerIsOn('plugin')) scopeQuery(this);",
    replacement: '',
    test: tenancy('plugin-alone.test.ts', 'without a scope'),
  },
  {
    name: 'refusal-is-final',
    mechanism: 'a transaction in which anything was refused does not commit, even if its code caught the refusal',
    file: `${shared}/persistence/refusal.ts`,
    source: 'if (watch.refusal !== undefined) throw watch.refusal;',
    replacement: '',
    test: {
      project: 'unit',
      file: `${shared}/persistence/refusal.test.ts`,
      name: 'a refusal that work caught is thrown all the same',
    },
  },
  {
    name: 'evented-write',
    mechanism: 'a write of an evented collection without its events is refused',
    file: `${shared}/persistence/guard/write.ts`,
    source: 'checkEventedUpdate(statement, collection, isGlobal ? undefined : owner, scope);',
    replacement: '',
    test: tenancy('evented.test.ts', 'writes that would not publish > are refused'),
  },
  {
    name: 'durable-redis-policy',
    mechanism: 'a boot refuses a Redis that may evict',
    file: `${shared}/redis/durable.ts`,
    source: "if (policy !== 'noeviction') {",
    replacement: 'if (policy === undefined) {',
    test: {
      project: 'unit',
      file: `${shared}/redis/durable.test.ts`,
      name: 'a server that may evict, or that keeps no file is refused',
    },
  },
  {
    name: 'durable-redis-file',
    mechanism: 'a boot refuses a Redis without an append-only file',
    file: `${shared}/redis/durable.ts`,
    source: "'aof_enabled') !== '1'",
    replacement: "'aof_enabled') === undefined",
    test: {
      project: 'unit',
      file: `${shared}/redis/durable.test.ts`,
      name: 'a server that may evict, or that keeps no file is refused',
    },
  },
  {
    name: 'public-log-repeats',
    mechanism: 'an event that comes again under another stream id is not logged again',
    file: 'services/realtime/src/log/repeats.ts',
    source: 'if (known !== undefined && known !== entry) return [];',
    replacement: '',
    test: integration(
      'services/realtime/src/log/public-log.int.test.ts',
      'the public log > has an event once that comes again under another stream id, to the same process or to the next',
    ),
  },
  {
    name: 'public-log-head',
    mechanism: "a tenant's head moves only from where it was read",
    file: 'services/realtime/src/log/public-log.store.ts',
    source: 'tenantId, sequence: from }',
    replacement: 'tenantId }',
    test: integration(
      'services/realtime/src/log/public-log.int.test.ts',
      'the public log > refuses to move a head that another writer moved, the first one included, and writes nothing of it',
    ),
  },
  {
    name: 'list-cursor-scope',
    mechanism: 'a cursor is good only for the filters that it was made for',
    file: `${shared}/http/page.ts`,
    source: 'contentHash([operationId, filters])',
    replacement: 'contentHash([operationId])',
    test: {
      project: 'unit',
      file: `${shared}/http/page.test.ts`,
      name: 'pages > refuse a cursor of another tenant, of other filters, or of nobody',
    },
  },
  {
    name: 'list-read-ahead',
    mechanism: 'a list is read one item further than it shows, which says whether another page follows',
    file: `${shared}/http/page.ts`,
    source: 'if (count === limit) return { texts, last: after };',
    replacement: 'if (count === limit) return { texts, last: undefined };',
    test: {
      project: 'unit',
      file: `${shared}/http/page.test.ts`,
      name: 'pages > continue where the page before ended',
    },
  },
];

/** All of them; the names are what `npm run mutate -- name` takes. */
export const mutants: readonly Mutant[] = [
  ...stockMutants,
  ...locationMutants,
  ...purchasingMutants,
  ...adjustmentMutants,
  ...reconciliationMutants,
  ...consumeMutants,
  ...orderMutants,
  ...paymentMutants,
  ...parcelMutants,
  ...messagingMutants,
  ...kernelMutants,
  ...inputMutants,
  ...cacheMutants,
  ...catalogMutants,
  ...identityMutants,
  ...mailMutants,
  ...platformMutants,
  ...devstackMutants,
  ...edgeMutants,
  ...apiMutants,
  ...loadMutants,
  ...fileMutants,
  ...editMutants,
  ...scaleMutants,
];
