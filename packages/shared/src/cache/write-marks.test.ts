import { expect, it } from 'vitest';
import { tagsPerChangeMax } from './limits.ts';
import { type TagChange, tenantTag } from './stamp.ts';
import { createWriteMarker } from './write-marks.ts';

function opened() {
  const calls: unknown[][] = [];
  const marker = createWriteMarker({
    mark: async (tenantId, tags, mark) => void calls.push(['mark', tenantId, [...tags], mark]),
    settle: async (tenantId, changes, mark) => void calls.push(['settle', tenantId, [...changes], mark]),
  });
  return { calls, marker };
}

it('marks what the work changes, and settles all of it once with the newest versions', async () => {
  const { calls, marker } = opened();
  const marks = marker.begin();
  await marks.run(async () => {
    await marker.changing('ten_1', [{ tag: 'a', version: 2 }, { tag: 'list' }]);
    await marker.changing('ten_1', [{ tag: 'a', version: 3 }]);
    await marker.changing('ten_2', [{ tag: 'b', version: 1 }]);
  });
  await marks.settle();
  const mark = calls[0]![3];
  expect(calls).toEqual([
    ['mark', 'ten_1', ['a', 'list'], mark],
    ['mark', 'ten_1', ['a'], mark],
    ['mark', 'ten_2', ['b'], mark],
    ['settle', 'ten_1', [{ tag: 'a', version: 3 }, { tag: 'list' }], mark],
    ['settle', 'ten_2', [{ tag: 'b', version: 1 }], mark],
  ]);
});

it('tells works that run at the same time apart, and marks nothing outside of any', async () => {
  const { calls, marker } = opened();
  const [one, two] = [marker.begin(), marker.begin()];
  const change = async (tag: string) => {
    await Promise.resolve();
    await marker.changing('ten_1', [{ tag, version: 1 }]);
  };
  await Promise.all([one.run(() => change('a')), two.run(() => change('b')), change('c')]);
  await two.settle();
  expect(calls.map(([what, , tags]) => [what, tags])).toEqual([
    ['mark', ['a']],
    ['mark', ['b']],
    ['settle', [{ tag: 'b', version: 1 }]],
  ]);
  expect(calls[1]![3]).toBe(calls[2]![3]);
  expect(calls[0]![3]).not.toBe(calls[1]![3]);
});

it('marks the whole tenant when the work changes too much', async () => {
  const { calls, marker } = opened();
  const marks = marker.begin();
  const many: TagChange[] = Array.from({ length: tagsPerChangeMax }, (_, n) => ({ tag: `p${n}`, version: 1 }));
  await marks.run(async () => {
    await marker.changing('ten_1', many);
    await marker.changing('ten_1', [{ tag: 'one more', version: 1 }]);
  });
  expect(calls[1]!.slice(0, 3)).toEqual(['mark', 'ten_1', [tenantTag]]);
});
