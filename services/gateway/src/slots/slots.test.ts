import { createManualClock, type ManualClock } from '@holdfast/shared/testing';
import { beforeEach, describe, expect, it } from 'vitest';
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
    const back = await slots.take({ tenant: name[0]!, cost: 1, ...(gone ? { gone } : {}) });
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

  it('are not waited for by clients that have gone', async () => {
    const slots = open({ max: 1 });
    const gone = new AbortController();
    void ask(slots, 'a1');
    const left = ask(slots, 'a2', gone.signal);
    void ask(slots, 'a3');
    await settled();
    gone.abort();
    expect([await left, slots.waiting()]).toEqual(['busy', 1]);
    giveBack.get('a1')!();
    await settled();
    expect(got).toEqual(['a1', 'a3']);
    expect(await ask(slots, 'a4', gone.signal)).toBe('busy');
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
