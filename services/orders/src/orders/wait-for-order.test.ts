// Waiting for an order in one process, on a clock that the test moves.
import { createManualClock } from '@holdfast/shared/testing';
import { describe, expect, it } from 'vitest';
import { confirmed } from '../order-in-memory.fixture.ts';
import { createDecisionWaiters, type Waiting } from './decision-waiters.ts';
import type { Order } from './order.ts';
import { waitUntil } from './wait-for-order.ts';

const waiting: Waiting = { orderId: 'ord_1', tenantId: 'ten_1', kind: 'placement' };
const asked = confirmed({ request: 2, pending: { request: 2, kind: 'edit' } });
const settled = confirmed({ version: 3 });
const isSettled = ({ pending }: Order) => pending === null;

function start(over: Partial<Waiting> = {}) {
  const clock = createManualClock();
  const waiters = createDecisionWaiters(clock);
  let stored: Order = asked;
  let reads = 0;
  const store = {
    read: async () => {
      reads += 1;
      return stored;
    },
  };
  const mine = { ...waiting, ...over };
  const waiter = waiters.register(mine);
  const wait = { waiter, waiting: mine, ms: 5_000, isSettled };
  const ended = waitUntil(asked, wait, { store, memory: { waiters }, clock });
  return {
    clock,
    waiters,
    ended,
    store: (order: Order) => {
      stored = order;
    },
    reads: () => reads,
  };
}

describe('who waits for an order', () => {
  it('is answered with what wakes it', async () => {
    const { waiters, ended } = start();
    waiters.wake('ord_1', settled);
    expect(await ended).toBe(settled);
    expect(waiters.count).toBe(0);
  });

  it('waits on when what wakes it is older news', async () => {
    const { clock, waiters, ended, store } = start();
    waiters.wake('ord_1', 'changed');
    await clock.advance(1);
    expect(waiters.count).toBe(1);
    store(settled);
    waiters.wake('ord_1', 'changed');
    expect(await ended).toBe(settled);
    expect(waiters.count).toBe(0);
  });

  it('is not answered with the order as it was before', async () => {
    const { clock, waiters, ended, store } = start();
    waiters.wake('ord_1', confirmed({ version: 1 }));
    await clock.advance(1);
    expect(waiters.count).toBe(1);
    store(settled);
    waiters.wake('ord_1', settled);
    expect(await ended).toBe(settled);
  });

  it('gives up at the end of its time, whatever has woken it meanwhile, and reads once more', async () => {
    const { clock, waiters, ended, store } = start();
    await clock.advance(3_000);
    waiters.wake('ord_1', 'changed');
    await clock.advance(1_999);
    expect(waiters.count).toBe(1);
    store(settled);
    await clock.advance(1);
    expect(await ended).toBe(settled);
    expect(waiters.count).toBe(0);
  });

  it('waits no more when its client has gone', async () => {
    const client = new AbortController();
    const { waiters, ended, reads } = start({ gone: client.signal });
    client.abort();
    expect(await ended).toBe(asked);
    expect(reads()).toBeLessThan(4);
    expect(waiters.count).toBe(0);
  });
});
