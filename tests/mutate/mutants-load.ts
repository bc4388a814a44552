// Mechanisms of the gateway under load: fair shares, shedding, circuit breakers, budgets.
import type { Mutant, MutantTest } from './mutant.ts';

const gateway = 'services/gateway/src';
const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file, name });
const integration = (file: string, name: string): MutantTest => ({ project: 'integration', file, name });

export const loadMutants: readonly Mutant[] = [
  {
    name: 'slots-fifo',
    mechanism: 'slots of a service go to the tenants in turn, not to who came first',
    file: `${gateway}/slots/slots.ts`,
    source: '{ tenant, cost });',
    replacement: "{ tenant: 'all', cost });",
    test: unit(
      `${gateway}/slots/slots.test.ts`,
      'slots > are held by no more requests than there are, and go to the tenants in turn',
    ),
  },
  {
    name: 'flood-fifo',
    mechanism: 'a flood of one tenant waits in the gateway, in a line of its own',
    file: `${gateway}/slots/slots.ts`,
    source: 'queue.push(() => settle(() => resolve(hold(tenant))), { tenant, cost });',
    replacement: "queue.push(() => settle(() => resolve(hold(tenant))), { tenant: 'all', cost });",
    test: integration(
      `${gateway}/slots/flood.int.test.ts`,
      'a flood of requests that are answered at once is served in turn with another tenant',
    ),
  },
  {
    name: 'slots-without-turns',
    mechanism: 'after its turn a tenant is behind the others',
    file: 'packages/shared/src/values/fair-queue.ts',
    source: '        turns.delete(line);\n        turns.add(line);\n',
    replacement: '',
    test: unit(
      'packages/shared/src/values/fair-queue.property.test.ts',
      'the fair queue > gives two tenants that both wait the same, however much either sends',
    ),
  },
  {
    name: 'slots-without-cost',
    mechanism: 'a dear request takes several turns',
    file: 'packages/shared/src/values/fair-queue.ts',
    source: 'if (line.credit < entry.cost) return undefined;',
    replacement: '',
    test: unit(
      'packages/shared/src/values/fair-queue.property.test.ts',
      'the fair queue > gives two tenants that both wait the same, however much either sends',
    ),
  },
  {
    name: 'slots-bound',
    mechanism: 'no more requests are in flight than there are slots',
    file: `${gateway}/slots/slots.ts`,
    source: '    held < max && (',
    replacement: '    (',
    test: unit(
      `${gateway}/slots/slots.test.ts`,
      'slots > are held by no more requests than there are, and go to the tenants in turn',
    ),
  },
  {
    name: 'slots-tenant-bound',
    mechanism: 'a tenant has a bounded line',
    file: `${gateway}/slots/slots.ts`,
    source: ' || queue.sizeOf(ask.tenant) >= waitingTenantMax) throw busy();',
    replacement: ') throw busy();',
    test: unit(
      `${gateway}/slots/slots.test.ts`,
      'slots > are waited for by so many of a tenant and so many altogether; further requests are refused at once',
    ),
  },
  {
    name: 'slots-tenant-part',
    mechanism: 'a tenant holds no more than its part of the slots while others ask',
    file: `${gateway}/slots/slots.ts`,
    source: ' < tenantMax || !recent',
    replacement: ' < max || !recent',
    test: unit(
      `${gateway}/slots/slots.test.ts`,
      'a tenant > holds all slots while nobody else asks, and no more than its part while others do',
    ),
  },
  {
    name: 'slots-wait-bound',
    mechanism: 'nobody waits for a slot for longer than a bound',
    file: `${gateway}/slots/slots.ts`,
    source: 'const cancel = clock.after(waitMs * (1 - (number % spread) / (4 * spread)), refuse);',
    replacement: 'const cancel = () => undefined;',
    test: unit(`${gateway}/slots/slots.test.ts`, 'slots > are waited for no longer than a bound'),
  },
  {
    name: 'slots-wait-spread',
    mechanism: 'those who came at once are not refused all at once',
    file: `${gateway}/slots/slots.ts`,
    source: ' * (1 - (number % spread) / (4 * spread))',
    replacement: '',
    test: unit(`${gateway}/slots/slots.test.ts`, 'slots > are not refused all at once to those who came at once'),
  },
  {
    name: 'replica-refused',
    mechanism: 'a replica that accepts no connection is passed over',
    file: `${gateway}/routing/upstream-pool.ts`,
    source: "replica.refused(code === 'ECONNREFUSED');",
    replacement: 'void replica;',
    test: integration(
      `${gateway}/routing/replicas.int.test.ts`,
      'of two replicas > one that is dead is tried once and passed over, until it is there again',
    ),
  },
  {
    name: 'replica-tried',
    mechanism: 'where no other replica is left, one that refuses at once is tried',
    file: `${gateway}/routing/upstream-pool.ts`,
    source: 'firstFrom(place, isUsable) ?? firstFrom(place, (replica) => replica.mayBeTried());',
    replacement: 'firstFrom(place, isUsable);',
    test: integration(
      `${gateway}/routing/replicas.int.test.ts`,
      'when no replica is in use > one that has refused is tried, so that one that has just come back is found before its next probe',
    ),
  },
  {
    name: 'replica-hung',
    mechanism: 'what is in flight at a hung replica moves on to another',
    file: `${gateway}/routing/upstream-pool.ts`,
    source: 'if (replica.isHung()) replica.breakOff();',
    replacement: 'void replica;',
    test: integration(
      `${gateway}/routing/replicas.int.test.ts`,
      'of two replicas > one that is hung costs only what is in flight there, and of that only what must not be sent twice',
    ),
  },
  {
    name: 'replica-silent',
    mechanism: 'a replica that answers nothing is probed',
    file: `${gateway}/routing/replica.ts`,
    source: '>= replicaSilentLooks;',
    replacement: '< 0;',
    test: unit(
      `${gateway}/routing/replica.test.ts`,
      'a replica > that answers neither requests nor a probe is open, and what is in flight there can be broken off',
    ),
  },
  {
    name: 'replica-probe',
    mechanism: 'a replica that is slow at one request and answers a probe stays in use',
    file: `${gateway}/routing/replica.ts`,
    source: '      hear();\n    } catch {',
    replacement: "      state = 'open';\n    } catch {",
    test: unit(
      `${gateway}/routing/replica.test.ts`,
      'a replica > that is slow at one request stays in use: it answers others, or the probe',
    ),
  },
  {
    name: 'shed-by-class',
    mechanism: 'what is shed first are lists, then reads, writes and sign-ins',
    file: `${gateway}/shedding/shed.ts`,
    source: 'requestClasses.indexOf(requestClass) < pressure',
    replacement: 'pressure > 0',
    test: unit(`${gateway}/shedding/shed.test.ts`, 'at a pressure > of 1 these classes are shed'),
  },
  {
    name: 'shed-vital',
    mechanism: 'the refresh of tokens and health are never shed',
    file: `${gateway}/shedding/shed.ts`,
    source: "requestClass !== 'vital' && ",
    replacement: '',
    test: unit(`${gateway}/shedding/shed.test.ts`, 'at a pressure > of 100 these classes are shed'),
  },
  {
    name: 'shed-standing',
    mechanism: 'one long turn of the event loop sheds nothing',
    file: `${gateway}/shedding/pressure.ts`,
    source: 'stepsOf(Math.min(...looks), loopDelaySteps)',
    replacement: 'stepsOf(Math.max(...looks), loopDelaySteps)',
    test: unit(
      `${gateway}/shedding/shed.test.ts`,
      'pressure > of the event loop is that of a delay that stands, and only while the loop is busy',
    ),
  },
  {
    name: 'shed-at-all',
    mechanism: 'a gateway under pressure sheds',
    file: `${gateway}/app.ts`,
    source: '  addShedding(app, { loopPressure, lanes, metrics });\n',
    replacement: '',
    test: integration(
      `${gateway}/shedding/overload.int.test.ts`,
      'an event loop that is late sheds lists, answers health, and sheds nothing once it has recovered',
    ),
  },
  {
    name: 'key-counted-first',
    mechanism: 'a key that was never taken is counted before auth is asked',
    file: `${gateway}/access/admit.ts`,
    source: 'if (isNewKey) await limiter.takeAnonymous(address, reply);',
    replacement: '',
    test: unit(
      `${gateway}/app.test.ts`,
      'API keys > that are made up cost auth no more than the budget of their address, and hold up no key that was taken',
    ),
  },
  {
    name: 'key-known',
    mechanism: 'a key that was taken is not held up by bad keys of its address',
    file: `${gateway}/access/api-keys.ts`,
    source: 'isKnown: (apiKey) => taken.has(hashOf(apiKey)),',
    replacement: 'isKnown: () => false,',
    test: unit(
      `${gateway}/app.test.ts`,
      'API keys > that are made up cost auth no more than the budget of their address, and hold up no key that was taken',
    ),
  },
  {
    name: 'rate-plan',
    mechanism: 'the budget of a tenant follows the plan of the token',
    file: `${gateway}/rate-limits/rate-limiter.ts`,
    source: 'const ofTenant = byPlan[plan];',
    replacement: 'const ofTenant = byPlan[plan && "standard"];',
    test: unit(
      `${gateway}/app.test.ts`,
      'rate limits > follow the rate plan that the token tells; a plan that is unknown is the standard one',
    ),
  },
  {
    name: 'slots-gone',
    mechanism: 'a client that has gone does not wait for a slot',
    file: `${gateway}/slots/slots.ts`,
    source: "gone?.addEventListener('abort', refuse);",
    replacement: '',
    test: unit(`${gateway}/slots/slots.test.ts`, 'slots > are not waited for by clients that have gone'),
  },
  {
    name: 'waiting-gone',
    mechanism: 'a client that hangs up while orders holds its request ends that request',
    file: `${gateway}/routing/proxy.routes.ts`,
    source: "lane === 'waiting' ? gone() : undefined",
    replacement: 'undefined',
    test: unit(
      `${gateway}/slots/gone.test.ts`,
      'a client that hangs up while orders holds its request frees the connection to orders',
    ),
  },
  {
    name: 'slots-lent',
    mechanism: 'a slot whose request waits for a decision that does not come is lent',
    file: `${gateway}/slots/slots.ts`,
    source: 'else release();',
    replacement: '',
    test: unit(
      `${gateway}/slots/slots.test.ts`,
      'slots of requests that wait for a decision > are lent to others when no decision comes, and counted once all the same',
    ),
  },
  {
    name: 'slots-kept',
    mechanism: 'a slot is kept while decisions come to its tenant, or a slow service would be sent ever more',
    file: `${gateway}/slots/slots.ts`,
    source: 'if (leftMs > 0) cancel = clock.after(leftMs, look);\n        else release();',
    replacement: 'release();',
    test: unit(
      `${gateway}/slots/slots.test.ts`,
      'slots of requests that wait for a decision > are kept while decisions come to their tenant, however long each takes',
    ),
  },
];
