// What each service subscribes to is what relays know of it: a stream is trimmed as far as the consumers that contracts list have read it.
import { consumersOf } from '@holdfast/shared/contracts';
import { expect, it } from 'vitest';
import { handled as handledByInventory } from '../../services/inventory/src/on-batch.ts';
import { handled as handledByOrders } from '../../services/orders/src/orders/on-batch.ts';
import { publicEvents } from '../../services/realtime/src/log/public-log.ts';

const readers = { inventory: handledByInventory, orders: handledByOrders, realtime: publicEvents };

it.each(Object.entries(readers))('the domains of %s are those that contracts list', (service, { domains }) => {
  const listed = Object.entries(consumersOf).filter(([, services]) => services.includes(service));
  expect(domains.toSorted()).toEqual(listed.map(([domain]) => domain).sort());
});

it('contracts list no other consumer', () => {
  const listed = new Set(Object.values(consumersOf).flat());
  expect([...listed].sort()).toEqual(Object.keys(readers).sort());
});
