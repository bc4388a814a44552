// What every store of stamps and answers does: the real one, and the one that tests use in its place.
import { describe, expect, it } from 'vitest';
import { newId } from '../values/index.ts';
import type { CacheStore } from './cache-store.ts';
import { markLifeMs } from './limits.ts';
import { isInDoubt } from './stamp.ts';

export type StoreUnderTest = {
  store: CacheStore;
  /** Lets time pass; only where it is the test's. */
  pass?: (ms: number) => void;
};

export function describeStore(name: string, open: () => StoreUnderTest): void {
  describe(name, () => {
    const opened = () => {
      const { store, pass } = open();
      const tenant = newId('ten');
      const stampsOf = async (...tags: string[]) => (await store.read(tenant, tags)).stamps;
      return { store, pass, tenant, stampsOf };
    };

    it('makes a stamp that is missing, and gives the same one until it changes', async () => {
      const { stampsOf } = opened();
      const first = await stampsOf('a', 'b');
      expect(first.some(isInDoubt)).toBe(false);
      expect(await stampsOf('a', 'b')).toEqual(first);
    });

    it('keeps an answer with what was read of its tenant', async () => {
      const { store, tenant } = opened();
      const answer = Buffer.from([0, 1, 2, 255, 10]);
      await store.keep(tenant, 'page é', answer, 60_000);
      await store.read(tenant, ['a']);
      expect((await store.read(tenant, ['a'], 'page é')).answer).toEqual(answer);
      expect((await store.read(tenant, ['a'], 'another')).answer).toBeUndefined();
      await store.read(newId('ten'), ['a']);
      expect((await store.read(newId('ten'), ['a'], 'page é')).answer).toBeUndefined();
    });

    it('has a tag in doubt from when a writer begins until it ends, and then another stamp', async () => {
      const { store, tenant, stampsOf } = opened();
      const [before, other] = await stampsOf('a', 'b');
      await store.mark(tenant, ['a'], 'w1');
      expect((await stampsOf('a', 'b')).map(isInDoubt)).toEqual([true, false]);
      await store.settle(tenant, [{ tag: 'a', version: 2 }], 'w1');
      const [after, same] = await stampsOf('a', 'b');
      expect([isInDoubt(after!), after === before, same === other]).toEqual([false, false, true]);
    });

    it('has a tag in doubt until the last of several writers ends', async () => {
      const { store, tenant, stampsOf } = opened();
      await store.mark(tenant, ['a'], 'w1');
      await store.mark(tenant, ['a'], 'w2');
      await store.mark(tenant, ['a'], 'w2');
      await store.settle(tenant, [{ tag: 'a' }], 'w2');
      expect((await stampsOf('a')).map(isInDoubt)).toEqual([true]);
      await store.settle(tenant, [{ tag: 'a' }], 'w1');
      expect((await stampsOf('a')).map(isInDoubt)).toEqual([false]);
    });

    it('is told of a change that is accounted for without a new stamp, else with one, also for what it affects', async () => {
      const { store, tenant, stampsOf } = opened();
      await store.settle(tenant, [{ tag: 'a', version: 3 }, { tag: 'list' }], 'w1');
      const settled = await stampsOf('a', 'list');
      await store.tell(tenant, [{ tag: 'list' }, { tag: 'a', version: 3 }]);
      await store.tell(tenant, [{ tag: 'a', version: 2 }, { tag: 'list' }]);
      expect(await stampsOf('a', 'list')).toEqual(settled);
      await store.tell(tenant, [{ tag: 'list' }, { tag: 'a', version: 4 }]);
      const told = await stampsOf('a', 'list');
      expect([told[0] === settled[0], told[1] === settled[1]]).toEqual([false, false]);
      await store.tell(tenant, [{ tag: 'new', version: 1 }, { tag: 'list' }]);
      expect((await stampsOf('list'))[0]).not.toBe(told[1]);
    });

    it('does not lose a mark by what it is told, or by a renewal', async () => {
      const { store, tenant, stampsOf } = opened();
      await store.mark(tenant, ['a'], 'w1');
      await store.tell(tenant, [{ tag: 'a', version: 9 }]);
      await store.renew(tenant, 'a');
      expect((await stampsOf('a')).map(isInDoubt)).toEqual([true]);
    });

    it('renews a stamp, come what may', async () => {
      const { store, tenant, stampsOf } = opened();
      const [before] = await stampsOf('a');
      await store.renew(tenant, 'a');
      expect((await stampsOf('a'))[0]).not.toBe(before);
    });

    it.runIf(open().pass)('forgets the mark of a writer that does not come back, and the stamp with it', async () => {
      const { store, pass, tenant, stampsOf } = opened();
      const [before] = await stampsOf('a');
      await store.mark(tenant, ['a'], 'w1');
      pass!(markLifeMs - 1);
      expect((await stampsOf('a')).map(isInDoubt)).toEqual([true]);
      await store.mark(tenant, ['a'], 'w2');
      pass!(1);
      await store.settle(tenant, [{ tag: 'a' }], 'w2');
      const [after] = await stampsOf('a');
      expect([isInDoubt(after!), after === before]).toEqual([false, false]);
    });
  });
}
