import { createManualClock, type ManualClock } from '@holdfast/shared/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { recentTenantMs } from '../limits.ts';
import { createSlots, type SlotLimits, type Slots } from './slots.ts';

const limits = { max: 2, waitingMax: 5, waitingTenantMax: 3, waitMs: 1_000 };
let clock: ManualClock;
/** Who got a slot, in order; how each gives it back. */
let got: string[];
let giveBack: Map<string, () => void>;
beforeEach(() => {
  clock = createManualClock();
  got = [];
  giveBack = new Map();
});

/** `a1` asks for a slot of tenant `a`. */
async function ask(slots: Slots, name: string, gone?: AbortSignal): Promise<string> {
  try {
    const back = await slots.take({ tenant: name[0]!, cost: 1, ...(gone ? { gone: () => gone } : {}) });
    got.push(name);
    giveBack.set(name, back);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}
const open = (more: Partial<SlotLimits> = {}) => createSlots({ ...limits, ...more }, clock);
const settled = () => clock.advance(0);

describe('slots', () => {
  it('are held by no more requests than there are, and go to the tenants in turn', async () => {
    const slots = open();
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1']) void ask(slots, name);
    await settled();
    expect([got, slots.held(), slots.waiting()]).toEqual([['a1', 'a2'], 2, 4]);
    for (let n = 0; n < 4; n += 1) {
      giveBack.get(got[n]!)!();
      await settled();
      expect(slots.held()).toBe(2);
    }
    expect(got).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4']);
    for (const back of giveBack.values()) back();
    expect([slots.held(), slots.waiting(), clock.timerCount]).toEqual([0, 0, 0]);
  });

  it('are given back once', async () => {
    const slots = open({ max: 1 });
    for (const name of ['a1', 'a2', 'a3']) void ask(slots, name);
    await settled();
    giveBack.get('a1')!();
    giveBack.get('a1')!();
    await settled();
    expect([got, slots.held()]).toEqual([['a1', 'a2'], 1]);
  });

  it('are waited for by so many of a tenant and so many altogether; further requests are refused at once', async () => {
    const slots = open();
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) void ask(slots, name);
    expect(await ask(slots, 'a6')).toBe('busy');
    for (const name of ['b1', 'b2']) void ask(slots, name);
    expect([await ask(slots, 'b3'), slots.waiting()]).toEqual(['busy', 5]);
  });

  it('are waited for no longer than a bound', async () => {
    const slots = open({ max: 1 });
    void ask(slots, 'a1');
    const late = ask(slots, 'b1');
    await clock.advance(999);
    expect(slots.waiting()).toBe(1);
    await clock.advance(1);
    expect([await late, slots.waiting()]).toEqual(['busy', 0]);
    giveBack.get('a1')!();
    expect(slots.held()).toBe(0);
  });

  it('are not refused all at once to those who came at once', async () => {
    const slots = open({ max: 1, waitingMax: 100, waitingTenantMax: 100 });
    void ask(slots, 'a0');
    for (let n = 0; n < 64; n += 1) void ask(slots, 'b');
    const left: number[] = [];
    await clock.advance(750);
    for (let n = 0; n < 5; n += 1) {
      left.push(slots.waiting());
      await clock.advance(62.5);
    }
    expect(left).toEqual([64, 48, 32, 16, 0]);
  });

  it('are not waited for by clients that have gone', async () => {
    const slots = open({ max: 1 });
    const gone = new AbortController();
    void ask(slots, 'a1');
    const left = ask(slots, 'a2', gone.signal);
    void ask(slots, 'a3');
    await settled();
    gone.abort();
    expect([await left, slots.waiting()]).toEqual(['busy', 1]);
    expect(await ask(slots, 'a4', gone.signal)).toBe('busy');
    giveBack.get('a1')!();
    await settled();
    expect(got).toEqual(['a1', 'a3']);
  });
});

describe('a tenant', () => {
  it('holds all slots while nobody else asks, and no more than its part while others do', async () => {
    const slots = open({ max: 4, tenantMax: 2, waitingMax: 100, waitingTenantMax: 100, waitMs: 1_000_000 });
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8']) void ask(slots, name);
    await settled();
    expect(got).toEqual(['a1', 'a2', 'a3', 'a4']);
    void ask(slots, 'b1');
    await settled();
    for (const name of ['a1', 'a2', 'a3']) giveBack.get(name)!();
    await settled();
    // Of a only the fourth was in flight any more, so one of those that waited follows the one of b.
    expect([got.slice(4), slots.held()]).toEqual([['b1', 'a5'], 3]);
    void ask(slots, 'c1');
    await settled();
    expect([got.at(-1), slots.held(), slots.waiting()]).toEqual(['c1', 4, 3]);
    giveBack.get('b1')!();
    giveBack.get('c1')!();
    await settled();
    // The waiting ones of a may not have what others have just left.
    expect([slots.held(), slots.waiting()]).toEqual([2, 3]);
    await clock.advance(2 * recentTenantMs);
    giveBack.get('a5')!();
    await settled();
    expect([got.slice(7), slots.held(), slots.waiting()]).toEqual([['a6', 'a7', 'a8'], 4, 0]);
  });

  it('that waits is not passed by its own later requests', async () => {
    const slots = open({ max: 2, tenantMax: 1, waitMs: 1_000_000 });
    for (const name of ['a1', 'b1', 'a2']) void ask(slots, name);
    await settled();
    giveBack.get('b1')!();
    await clock.advance(2 * recentTenantMs);
    void ask(slots, 'a3');
    await settled();
    giveBack.get('a1')!();
    await settled();
    expect(got).toEqual(['a1', 'b1', 'a2', 'a3']);
  });
});

describe('slots of requests that wait for a decision', () => {
  it('are lent to others when no decision comes, and counted once all the same', async () => {
    const slots = open({ max: 1, idleMs: 100, waitMs: 10_000 });
    void ask(slots, 'a1');
    void ask(slots, 'a2');
    await clock.advance(99);
    expect(got).toEqual(['a1']);
    await clock.advance(1);
    expect([got, slots.held()]).toEqual([['a1', 'a2'], 1]);
    giveBack.get('a1')!();
    expect(slots.held()).toBe(1);
    giveBack.get('a2')!();
    expect([slots.held(), clock.timerCount]).toEqual([0, 0]);
  });

  it('are kept while decisions come to their tenant, however long each takes', async () => {
    const slots = open({ idleMs: 100, waitMs: 10_000 });
    for (const name of ['a1', 'a2', 'a3', 'a4']) void ask(slots, name);
    await clock.advance(90);
    giveBack.get('a2')!();
    await clock.advance(90);
    giveBack.get('a3')!();
    await clock.advance(99);
    expect([got, slots.held()]).toEqual([['a1', 'a2', 'a3', 'a4'], 2]);
    await clock.advance(1);
    expect(slots.held()).toBe(0);
  });
});
