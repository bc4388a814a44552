// The cache Redis in the memory of a test: the same answers at the same times, by a clock of the test. Whoever has a
// store of its own shares the data of the others, and may be cut off.
import type { Clock } from '../values/index.ts';
import type { CacheStore } from './cache-store.ts';
import { markLifeMs, stampLifeMs } from './limits.ts';
import type { TagChange } from './stamp.ts';

type Mark = { name: string; untilMs: number };
type StoredStamp = { version: number; random: string; marks: Mark[]; untilMs: number };
export type Data = { stamps: Map<string, StoredStamp>; answers: Map<string, { answer: Buffer; untilMs: number }> };

export const emptyData = (): Data => ({ stamps: new Map(), answers: new Map() });

export type MemoryStore = CacheStore & {
  /** What becomes of a call: it fails before it has an effect, or after it ('unheard'). */
  outage: 'none' | 'cut' | 'unheard';
};

let count = 0;
const randomText = () => `r${++count}`;

export function memoryStore(data: Data, clock: Pick<Clock, 'monotonicMs'>): MemoryStore {
  const key = (tenantId: string, name: string) => `${tenantId}/${name}`;
  const live = (tenantId: string, tag: string) => {
    const stamp = data.stamps.get(key(tenantId, tag));
    return stamp && stamp.untilMs > clock.monotonicMs() ? stamp : undefined;
  };
  const textOf = ({ version, random, marks }: StoredStamp) =>
    [`${version} ${random}`, ...marks.map(({ name, untilMs }) => `${name}@${untilMs}`)].join(' ');

  function change(
    act: 'mark' | 'settle' | 'tell' | 'renew',
    tenantId: string,
    changes: readonly TagChange[],
    own = '',
  ) {
    const nowMs = clock.monotonicMs();
    const random = randomText();
    let isNew = false;
    const sorted = changes.toSorted((a, b) => Number(a.version === undefined) - Number(b.version === undefined));
    for (const { tag, version: given } of sorted) {
      const before = live(tenantId, tag);
      const marks = (before?.marks ?? []).filter(({ name, untilMs }) => name !== own && untilMs > nowMs);
      if (act === 'tell') {
        const isDone: boolean = given === undefined ? !isNew : before !== undefined && before.version >= given;
        if (given !== undefined) isNew ||= !isDone;
        if (isDone) continue;
      }
      if (act === 'mark') marks.push({ name: own, untilMs: nowMs + markLifeMs });
      const version = act === 'mark' ? (before?.version ?? 0) : Math.max(before?.version ?? 0, given ?? 0);
      const untilMs = marks.length > 0 ? Math.max(...marks.map((mark) => mark.untilMs)) : nowMs + stampLifeMs;
      data.stamps.set(key(tenantId, tag), { version, random, marks, untilMs });
    }
  }

  const store: MemoryStore = {
    outage: 'none',
    read: (tenantId, tags, name) =>
      call(() => {
        const stamps = tags.map((tag) => {
          const known = live(tenantId, tag);
          const stamp = known ?? {
            version: 0,
            random: randomText(),
            marks: [],
            untilMs: clock.monotonicMs() + stampLifeMs,
          };
          data.stamps.set(key(tenantId, tag), stamp);
          return textOf(stamp);
        });
        const stored = name === undefined ? undefined : data.answers.get(key(tenantId, name));
        return stored && stored.untilMs > clock.monotonicMs() ? { stamps, answer: stored.answer } : { stamps };
      }),
    keep: (tenantId, name, answer, lifeMs) =>
      call(() => void data.answers.set(key(tenantId, name), { answer, untilMs: clock.monotonicMs() + lifeMs })),
    mark: (tenantId, tags, mark) =>
      call(() =>
        change(
          'mark',
          tenantId,
          tags.map((tag) => ({ tag })),
          mark,
        ),
      ),
    settle: (tenantId, changes, mark) => call(() => change('settle', tenantId, changes, mark)),
    tell: (tenantId, changes) => call(() => change('tell', tenantId, changes)),
    renew: (tenantId, tag) => call(() => change('renew', tenantId, [{ tag }])),
  };

  async function call<T>(work: () => T): Promise<T> {
    if (store.outage === 'cut') throw new Error('cut off');
    const result = work();
    if (store.outage === 'unheard') throw new Error('the answer was lost');
    return result;
  }
  return store;
}
