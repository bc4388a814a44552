import { expect, test } from 'vitest';
import { positionAfter, positionAt, streamId, timeText } from '../streams/positions.ts';
import { neededPosition } from './needed.ts';
import type { StreamSurvey } from './ports.ts';

const at = (seconds: number) => positionAt(timeText(seconds, 1), 0);
const id = (seconds: number) => streamId(timeText(seconds, 1), 0);
const survey = (over: Partial<StreamSurvey> & { readers?: Record<string, string> } = {}): StreamSurvey => ({
  partition: 0,
  position: { source: 's', at: at(100), completeFrom: '', beginsAt: '' },
  lastId: id(90),
  firstId: id(20),
  groups: [],
  cursors: new Map(Object.entries(over.readers ?? { a: `s|${id(90)}`, b: `s|${id(90)}` })),
  ...over,
});

test('consumers at the last id count as being at the position', () => {
  expect(neededPosition([survey()], ['a', 'b'], 's')).toBe(at(100));
});

test('a consumer ahead of a stream that is being rebuilt needs nothing of it', () => {
  expect(neededPosition([survey({ readers: { a: `s|${id(95)}` } })], ['a'], 's')).toBe(at(100));
});

test('the slowest consumer of any partition decides', () => {
  const slow = survey({ readers: { a: `s|${id(90)}`, b: `s|${id(40)}` } });
  expect(neededPosition([survey(), slow], ['a', 'b'], 's')).toBe(positionAfter(id(40)));
});

test('a consumer that has read nothing holds everything, unless there is nothing', () => {
  expect(neededPosition([survey({ readers: { a: 's|0-0' } })], ['a'], 's')).toBe(positionAt(timeText(0, 0), 1));
  const empty = survey({ readers: { a: 's|0-0' }, lastId: '0-1', firstId: undefined });
  expect(neededPosition([empty], ['a'], 's')).toBe(at(100));
});

test('what is unknown freezes it', () => {
  expect(neededPosition([survey({ readers: { a: `s|${id(90)}` } })], ['a', 'b'], 's')).toBeUndefined();
  expect(neededPosition([survey({ readers: { a: `other|${id(90)}` } })], ['a'], 's')).toBeUndefined();
  expect(neededPosition([survey({ position: undefined })], [], 's')).toBeUndefined();
  expect(neededPosition([survey()], ['a'], 'other')).toBeUndefined();
});

test('without consumers the position itself', () => {
  expect(neededPosition([survey()], [], 's')).toBe(at(100));
});
