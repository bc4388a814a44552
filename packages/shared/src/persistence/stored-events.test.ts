import { expect, test } from 'vitest';
import type { DomainEvent } from '../contracts/index.ts';
import { storeEvents } from './stored-events.ts';

const event = (id: string, data: Record<string, unknown> = {}): DomainEvent => ({
  specversion: '1.0',
  id,
  source: '/holdfast/orders',
  type: 'com.holdfast.order.placed.v1',
  subject: 'ord_1',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  tenantid: 'ten_1',
  partitionkey: 'ord_1',
  aggregateversion: 1,
  data,
});

test('an event is stored with its id, its tenant and its text', () => {
  const [stored] = storeEvents([event('evt_1', { quantity: 2 })]);
  expect(stored).toMatchObject({ id: 'evt_1', tenantId: 'ten_1' });
  expect(JSON.parse(stored!.body)).toEqual(event('evt_1', { quantity: 2 }));
});

test('at most 64 events and 256 KiB go into one write, each with its own id', () => {
  const many = Array.from({ length: 65 }, (_, n) => event(`evt_${n}`));
  expect(storeEvents(many.slice(0, 64))).toHaveLength(64);
  expect(() => storeEvents(many)).toThrow(/65 events/);
  expect(() => storeEvents([event('evt_1', { text: 'ü'.repeat(140_000) })])).toThrow(/bytes of events/);
  expect(() => storeEvents([event('evt_1'), event('evt_1')])).toThrow(/same id/);
});
