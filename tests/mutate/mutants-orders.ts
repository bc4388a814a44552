// Mechanisms of orders, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const orders = 'services/orders/src/orders';

const placing = (name: string): MutantTest => ({
  project: 'integration',
  file: `${orders}/place-order.int.test.ts`,
  name: `placing > ${name}`,
});
const changing = (name: string): MutantTest => ({
  project: 'integration',
  file: `${orders}/change-order.int.test.ts`,
  name,
});

const knownVariants = (name: string): MutantTest => ({
  project: 'unit',
  file: 'services/orders/src/projections/known-variants.test.ts',
  name,
});

export const orderMutants: readonly Mutant[] = [
  {
    name: 'version-filter-orders',
    mechanism: 'an order is written only where its version is the one decided on',
    file: 'packages/shared/src/persistence/collection/collection.ts',
    source: 'tenantId: tenantId!, version }',
    replacement: 'tenantId: tenantId! }',
    test: changing('a batch > decides on what is stored, not on what it remembers of an order'),
  },
  {
    name: 'pending-request',
    mechanism: 'an outcome counts only while its request is the pending one',
    file: `${orders}/order.ts`,
    source: 'if (order.pending?.request !== outcome.request) return undefined;',
    replacement: '',
    test: {
      project: 'unit',
      file: `${orders}/order.test.ts`,
      name: 'an outcome > changes nothing twice, and nothing for another request',
    },
  },
  {
    name: 'command-once',
    mechanism: 'a command that comes again finds its timeline entry and changes nothing',
    file: `${orders}/change-order.ts`,
    source: 'if (isReplay(order, entry))',
    replacement: 'if (false)',
    test: changing('a command > takes effect once, also when it is sent twenty times at once'),
  },
  {
    name: 'command-with-one-body',
    mechanism: 'the Idempotency-Key of a command with another body is refused',
    file: `${orders}/change-order.ts`,
    source: 'if (earlier && earlier.requestHash !== entry.requestHash)',
    replacement: 'if (false)',
    test: changing('a command > belongs to its body, its caller and its order'),
  },
  {
    name: 'change-decided-again',
    mechanism: 'a change that was overtaken is decided again',
    file: `${orders}/change-order.ts`,
    source: '=== 0) continue;',
    replacement: '=== -1) continue;',
    test: changing('a command > is decided again when somebody was faster'),
  },
  {
    name: 'derived-id',
    mechanism: "an order's id derives from tenant, caller and Idempotency-Key",
    file: `${orders}/place-order.ts`,
    source: "derivedId('ord', tenantId, command.callerId, 'orders.place', command.key)",
    replacement: "newId('ord')",
    test: placing('derives one order from one key, also for twenty at once'),
  },
  {
    name: 'copy-reads-the-order',
    mechanism: 'a copy that joined the write of the first reads the order before it answers',
    file: `${orders}/place-order.ts`,
    source: 'const stored = await readUntilSeen(command.tenantId, id, deps);',
    replacement: 'const stored = first.order;',
    test: placing('tells a copy the decision that was made before the write of the first was answered'),
  },
  {
    name: 'known-variants-follow-changes',
    mechanism: 'a price is kept in memory only until the catalog tells of a change',
    file: 'services/orders/src/projections/known-variants.ts',
    source: 'if (version > versionOf(key)) known.set(key, { version });',
    replacement: '',
    test: knownVariants('reads a variant once, until the catalog changes it'),
  },
  {
    name: 'known-variants-newest',
    mechanism: 'a price older than a change that was told is not kept in memory',
    file: 'services/orders/src/projections/known-variants.ts',
    source: 'if (keep && state.version >= versionOf(key))',
    replacement: 'if (keep)',
    test: knownVariants('does not keep a state that is older than a change that was told, whichever came first'),
  },
  {
    name: 'key-of-the-caller',
    mechanism: 'an Idempotency-Key belongs to the caller who sent it',
    file: `${orders}/place-order.ts`,
    source: "derivedId('ord', tenantId, command.callerId, 'orders.place', command.key)",
    replacement: "derivedId('ord', tenantId, 'orders.place', command.key)",
    test: placing('derives one order from one key, also for twenty at once'),
  },
  {
    name: 'key-with-one-body',
    mechanism: 'an Idempotency-Key with another body is refused',
    file: `${orders}/place-order.ts`,
    source: "if (earlier.requestHash !== command.requestHash) throw new DomainError('idempotency_key_reused');",
    replacement: '',
    test: placing('derives one order from one key, also for twenty at once'),
  },
  {
    name: 'waiter-wakes',
    mechanism: 'whoever waits for an order is woken when its decision is stored',
    file: `${orders}/decision-waiters.ts`,
    source: 'for (const slot of slots.get(orderId) ?? []) slot.resolve(wake);',
    replacement: '',
    test: placing('is woken by a decision while the request waits'),
  },
  {
    name: 'waiter-before-write',
    mechanism: 'a waiter is registered before its order is written',
    file: `${orders}/place-order.ts`,
    source: 'const order = await waitForDecision(stored.order, waiter,',
    replacement: 'const order = await waitForDecision(stored.order, deps.waiters.register(id),',
    test: placing('is woken by a decision while the order is being written'),
  },
  {
    name: 'unanswered-insert',
    mechanism: 'an insert whose answer does not tell of every order counts as unknown',
    file: `${orders}/order.store.ts`,
    source: 'const isAnswered = error.result.insertedCount + failures.size === documents.length;',
    replacement: 'const isAnswered = true;',
    test: {
      project: 'unit',
      file: `${orders}/order.store.test.ts`,
      name: 'an insert > of which the answer tells only a part is unknown, but for what was there before',
    },
  },
  {
    name: 'doubtful-insert',
    mechanism: 'an insert without the word of a majority counts as unknown',
    file: `${orders}/order.store.ts`,
    source: "if (failure === undefined) return confirmed ? 'inserted' : 'unknown';",
    replacement: "if (failure === undefined) return 'inserted';",
    test: {
      project: 'unit',
      file: `${orders}/order.store.test.ts`,
      name: 'an insert > without the word of a majority is unknown, also of those that did not fail',
    },
  },
  {
    name: 'decision-window',
    mechanism: 'stock that is held after the decision window is let go again',
    file: `${orders}/order.ts`,
    source: 'if (now > order.decideBefore) return undecided(now);',
    replacement: '',
    test: {
      project: 'unit',
      file: `${orders}/order.test.ts`,
      name: 'an outcome > held after the decision window cancels with the next request',
    },
  },
  {
    name: 'replay-before-refusal',
    mechanism: 'what refuses a new order does not refuse the replay of one that was stored',
    file: `${orders}/place-order.ts`,
    source: 'if (earlier === undefined) throw error;',
    replacement: 'throw error;',
    test: placing('replays an order whose variant cannot be ordered any more'),
  },
  {
    name: 'frozen-decision',
    mechanism: 'a replay is answered with the decision that was made, whatever happened since',
    file: `${orders}/place-order.ts`,
    source: 'order: atDecision(order), replayed',
    replacement: 'order, replayed',
    test: placing('answers a replay as it was decided, whatever happened since'),
  },
  {
    name: 'sold-out-age',
    mechanism: 'what is known to be sold out is at most a second old',
    file: `${orders}/sold-out.ts`,
    source: 'until !== undefined && until > nowMs',
    replacement: 'until !== undefined',
    test: {
      project: 'unit',
      file: `${orders}/sold-out.test.ts`,
      name: 'knows for one second what an event told, of that tenant only',
    },
  },
  {
    name: 'projection-version',
    mechanism: 'a projection keeps the newer state when an older one comes late',
    file: 'packages/shared/src/persistence/collection/collection.ts',
    source: ', version: { $lt: state.version } }',
    replacement: ' }',
    test: placing('replays an order whose variant cannot be ordered any more'),
  },
];
