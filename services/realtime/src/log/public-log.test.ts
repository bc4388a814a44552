// Numbering and cutting the public log.
import { allEvents, type DomainEvent } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { chunkBytesMax } from '../limits.ts';
import { appendToLog, publicEvents } from './public-log.ts';

function event(tenantid: string, id: string, pad = 0): DomainEvent {
  return {
    specversion: '1.0',
    id,
    source: '/holdfast/orders',
    type: 'com.holdfast.order.placed.v1',
    subject: 'ord_1',
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    tenantid,
    partitionkey: 'ord_1',
    aggregateversion: 1,
    data: { pad: 'x'.repeat(pad) },
  };
}

describe('appendToLog', () => {
  it('continues each tenant after its head and starts a new one at 1', () => {
    const events = [event('a', '1'), event('b', '2'), event('a', '3')];
    const { chunks, moves } = appendToLog(events, [{ tenantId: 'a', sequence: 7 }]);
    expect(moves).toEqual([
      { tenantId: 'a', from: 7, to: 9 },
      { tenantId: 'b', from: 0, to: 1 },
    ]);
    expect(chunks.map(({ tenantId, from, to }) => [tenantId, from, to])).toEqual([
      ['a', 8, 9],
      ['b', 1, 1],
    ]);
    expect(chunks[0]!.events.map(({ id, sequence }) => [id, sequence])).toEqual([
      ['1', 8],
      ['3', 9],
    ]);
  });

  it('cuts at 64 events, without a gap', () => {
    const events = Array.from({ length: 130 }, (_, n) => event('a', `e${n}`));
    const { chunks } = appendToLog(events, []);
    expect(chunks.map(({ from, to }) => [from, to])).toEqual([
      [1, 64],
      [65, 128],
      [129, 130],
    ]);
  });

  it('cuts at 256 KiB of text', () => {
    const events = Array.from({ length: 5 }, (_, n) => event('a', `e${n}`, 100_000));
    const { chunks } = appendToLog(events, []);
    expect(chunks.map(({ from, to }) => [from, to])).toEqual([
      [1, 2],
      [3, 4],
      [5, 5],
    ]);
    for (const chunk of chunks) expect(Buffer.byteLength(JSON.stringify(chunk.events))).toBeLessThan(chunkBytesMax);
  });

  it('does nothing for no events', () => {
    expect(appendToLog([], [])).toEqual({ chunks: [], moves: [] });
  });
});

it('the log holds every event of every domain, but no snapshots', () => {
  const types = publicEvents.events.map(({ type }) => type);
  const left = allEvents.filter(({ type }) => !types.includes(type));
  expect(left.length).toBeGreaterThan(0);
  expect(left.filter(({ name }) => !name.endsWith('.snapshot'))).toEqual([]);
  expect(types.filter((type) => type.includes('.snapshot.'))).toEqual([]);
  expect(types).toContain('com.holdfast.order.placed.v1');
  expect(publicEvents.domains.toSorted()).toEqual(['auth', 'catalog', 'inventory', 'orders']);
});
