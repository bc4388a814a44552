// One fault after the other, each with the mechanism that makes up for it.
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../testing/index.ts';
import { createLab } from './lab.fixture.ts';
import { answerBytesMax, doubtfulMs, nameLengthMax, rareChangeMs, unaskedMs } from './limits.ts';
import { emptyData, memoryStore } from './memory-store.fixture.ts';
import { type CacheRead, createReadThrough, type ReadResult } from './read-through.ts';

const first = '{"a":1}';
const second = '{"a":2}';

/** Two processes that have read `a` from the store. */
async function readLab() {
  const lab = createLab(2);
  const read = async (at: number, isWriter = false) => {
    const answer = lab.read(at, 'a', isWriter);
    await lab.finish();
    return answer;
  };
  expect([await read(0), await read(1)]).toEqual([first, first]);
  return { lab, read };
}

/** A write whose process does not reach the store. */
async function writeCutOff(lab: ReturnType<typeof createLab>, at = 0) {
  const writing = lab.write(at, 'a', { fate: 'ends', isReached: false });
  await lab.finish();
  await writing;
}

describe('a writer', () => {
  it('reads its own write at once, on every process', async () => {
    const { lab, read } = await readLab();
    const writing = lab.write(0, 'a', { fate: 'ends', isReached: true });
    await lab.finish();
    await writing;
    expect([await read(1, true), await read(0, true)]).toEqual([second, second]);
    expect(lab.broken).toEqual([]);
  });

  it('that dies after its commit leaves its tags in doubt, whatever becomes of the event', async () => {
    const { lab, read } = await readLab();
    const writing = lab.write(0, 'a', { fate: 'dies committed', isReached: true });
    await lab.finish();
    await writing;
    expect(await read(1, true)).toBe(second);
    // To others what was valid before it began is shown a little longer.
    await lab.pass(doubtfulMs - 1);
    expect(await read(0)).toBe(first);
    await lab.pass(1);
    expect(await read(0)).toBe(second);
  });

  it('that does not reach the store reads its own write where it wrote', async () => {
    const { lab, read } = await readLab();
    await writeCutOff(lab);
    expect(await read(0, true)).toBe(second);
  });

  it('that does not reach the store, and is not told whether it has written, reads that where it wrote', async () => {
    const { lab, read } = await readLab();
    const writing = lab.write(0, 'a', { fate: 'dies committed', isReached: false });
    await lab.finish();
    await writing;
    expect(await read(0, true)).toBe(second);
  });

  it('whose mark was lost with the server, and whose end is not heard there, reads its own write where it wrote', async () => {
    const { lab, read } = await readLab();
    const writing = lab.write(0, 'a', { fate: 'ends', isReached: true });
    await lab.pass(0);
    lab.lose();
    const reading = lab.read(1, 'a', true);
    await lab.pass(0);
    // The writer is the first of those that wait: the reader makes its answer and keeps it.
    for (let turn = 0; turn < 3; turn += 1) await lab.step(1);
    expect(await reading).toBe(first);
    lab.setOutage(0, 'cut');
    await lab.finish();
    await writing;
    lab.setOutage(0, 'none');
    expect(await read(0, true)).toBe(second);
  });
});

describe('everybody else', () => {
  it('reads what was told by an event when the writer did not reach the store', async () => {
    const { lab, read } = await readLab();
    await writeCutOff(lab);
    expect(await read(1)).toBe(first);
    await lab.pass(1_000);
    expect(await read(1)).toBe(second);
  });

  it('reads nothing that was kept from before an event that could not be passed on', async () => {
    const { lab, read } = await readLab();
    await writeCutOff(lab);
    for (const at of [0, 1]) lab.setOutage(at, 'cut');
    await lab.pass(1_000);
    for (const at of [0, 1]) lab.setOutage(at, 'none');
    expect(await read(1)).toBe(second);
  });

  it('reads nothing that was kept while no process was told of changes', async () => {
    const { lab, read } = await readLab();
    await writeCutOff(lab);
    lab.restart();
    expect(await read(1)).toBe(second);
  });

  it('reads past the cache of a process that is not told of changes, which believes nothing afterwards', async () => {
    const { lab, read } = await readLab();
    await lab.setTold(1, false);
    await writeCutOff(lab);
    lab.setOutage(0, 'cut');
    await lab.pass(1_000);
    expect(await read(1)).toBe(second);
    const before = lab.tenantStamp();
    await lab.setTold(1, true);
    await lab.pass(unaskedMs);
    expect(await read(1)).toBe(second);
    expect(lab.tenantStamp()).not.toBe(before);
  });
});

describe('a renewal', () => {
  it('does not count for a doubt that came while it was under way', async () => {
    const clock = createManualClock();
    const store = memoryStore(emptyData(), clock);
    const hold = Promise.withResolvers<void>();
    let renewals = 0;
    const slow = {
      ...store,
      async renew(tenantId: string, tag: string) {
        await store.renew(tenantId, tag);
        renewals += 1;
        if (renewals === 1) await hold.promise;
      },
      tell: () => Promise.reject(new Error('cut off')),
    };
    const cache = createReadThrough({ store: slow, clock, random: { next: () => 0.5 }, isTold: () => true });
    const read = { tenantId: 'ten_1', tag: 'a', name: 'page', isWriter: true };
    const make = async () => ({ json: Buffer.from(first) });
    const reading = cache.read(read, make);
    await clock.advance(1);
    await cache.tell('ten_1', [{ tag: 'a', version: 2 }]);
    hold.resolve();
    expect((await reading).result).toBe('bypass');
    await cache.read(read, make);
    expect(renewals).toBe(2);
  });
});

describe('reads', () => {
  function opened(options: { store?: false } = {}) {
    const clock = createManualClock();
    const store = options.store === false ? undefined : memoryStore(emptyData(), clock);
    const seen: ReadResult[] = [];
    let calls = 0;
    const cache = createReadThrough({
      store,
      clock,
      random: { next: () => 0.5 },
      isTold: () => true,
      onRead: (result) => void seen.push(result),
    });
    const read = async (more: Partial<CacheRead> = {}, json = 'x') => {
      const asked = { tenantId: 'ten_1', tag: 'a', name: 'page', isWriter: false, ...more };
      const make = async () => {
        calls += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return { json: Buffer.from(json), etag: 7 };
      };
      return cache.peek(asked) ?? (await cache.read(asked, make)).answer;
    };
    return { clock, store, cache, read, seen, calls: () => calls };
  }

  it('are made once for all who ask at the same time, and kept for whoever asks later, on any process', async () => {
    const { read, seen, calls, store, clock } = opened();
    const answers = await Promise.all([read(), read({ isWriter: true }), read()]);
    expect([calls(), answers.map(({ etag }) => etag)]).toEqual([1, [7, 7, 7]]);
    await read();
    await clock.advance(unaskedMs);
    await read({ isWriter: true });
    expect([calls(), seen]).toEqual([1, ['miss', 'miss', 'miss', 'hit', 'hit']]);
    const other = createReadThrough({ store, clock, random: { next: () => 0.5 }, isTold: () => true });
    const asked = { tenantId: 'ten_1', tag: 'a', name: 'page', isWriter: true };
    // It knows nothing of what was before it: the tenant is renewed, and what it makes is for all.
    const make = async () => ({ json: Buffer.from('y'), nextCursor: 'z', isAlwaysSent: true as const });
    expect((await other.read(asked, make)).result).toBe('miss');
    expect(await read({ isWriter: true })).toEqual({ json: Buffer.from('y'), nextCursor: 'z', isAlwaysSent: true });
    expect(calls()).toBe(1);
  });

  it('of one tenant never see those of another, nor other views', async () => {
    const { read } = opened();
    expect((await read({}, 'one')).json.toString()).toBe('one');
    expect((await read({ tenantId: 'ten_2' }, 'two')).json.toString()).toBe('two');
    expect((await read({ name: 'page of another view' }, 'three')).json.toString()).toBe('three');
    expect((await read({}, 'new')).json.toString()).toBe('one');
  });

  it('fail with what makes the answer, which is not kept', async () => {
    const { cache, read } = opened();
    const asked = { tenantId: 'ten_1', tag: 'a', name: 'page', isWriter: false };
    await expect(cache.read(asked, () => Promise.reject(new Error('not found')))).rejects.toThrow('not found');
    expect((await read({}, 'there now')).json.toString()).toBe('there now');
  });

  it('without a store are kept in memory for a moment, and made anew for writers', async () => {
    const { read, clock, seen } = opened({ store: false });
    await Promise.all([read(), read()]);
    await read();
    await read({ isWriter: true });
    await clock.advance(unaskedMs);
    await read();
    expect(seen).toEqual(['bypass', 'bypass', 'hit', 'bypass', 'bypass']);
  });

  it('see a change that this process heard of at once, of a list when it changes rarely', async () => {
    const { read, cache, clock } = opened();
    const of = async (tag: string) =>
      (await read({ tag, name: `page of ${tag}` }, String(clock.monotonicMs()))).json.toString();
    const change = async (...changes: { tag: string; version?: number }[]) => {
      await clock.advance(1);
      await cache.settle('ten_1', changes, 'w1');
      await clock.advance(1);
      return [await of('a'), await of('list')];
    };
    expect([await of('a'), await of('list')]).toEqual(['0', '0']);
    expect(await change({ tag: 'a', version: 2 }, { tag: 'list' })).toEqual(['2', '2']);
    expect(await change({ tag: 'a', version: 3 }, { tag: 'list' })).toEqual(['4', '2']);
    await clock.advance(unaskedMs);
    expect(await of('list')).toBe(String(clock.monotonicMs()));
    await clock.advance(rareChangeMs);
    const nowMs = clock.monotonicMs();
    expect(await change({ tag: 'list' })).toEqual(['4', String(nowMs + 2)]);
  });

  it('are not kept when answer or name are too large', async () => {
    const { read, seen } = opened();
    await read({ isWriter: true }, 'x'.repeat(answerBytesMax + 1));
    await read({ isWriter: true }, 'x'.repeat(answerBytesMax + 1));
    await read({ name: 'x'.repeat(nameLengthMax + 1) });
    expect(seen).toEqual(['miss', 'miss', 'bypass']);
  });
});
