import { expect, test } from 'vitest';
import {
  compareIds,
  firstIdAt,
  hasMissed,
  isForeign,
  parseId,
  positionAfter,
  positionAt,
  readStreamPosition,
  streamId,
  timeAfter,
  timeText,
  zeroPosition,
} from './positions.ts';

const largest = timeText(0xffffffff, 0xffffffff);
const position = (at: string, more: object = {}) => ({ source: 's', at, completeFrom: '', beginsAt: '', ...more });

test('ids and positions name the same place', () => {
  const time = timeText(0x6b0365f7, 57);
  expect(time).toBe('6b0365f700000039');
  expect(streamId(time, 3)).toBe(`${0x6b0365f7}-${57 * 2 ** 20 + 3}`);
  expect(positionAfter(streamId(time, 3))).toBe(positionAt(time, 4));
  expect(firstIdAt(positionAt(time, 4))).toBe(streamId(time, 4));
});

test('the largest id is exact', () => {
  const id = streamId(largest, 2 ** 20 - 1);
  expect(parseId(id)).toEqual([0xffffffff, 2 ** 52 - 1]);
  expect(positionAfter(id)).toBe(positionAt(largest, 2 ** 20));
});

test('ids sort by number, not by text', () => {
  expect(compareIds('9-1', '10-0')).toBeLessThan(0);
  expect(compareIds('10-2', '10-10')).toBeLessThan(0);
  expect(compareIds('10-2', '10-2')).toBe(0);
});

test('the time after the last increment is the next second', () => {
  expect(timeAfter(timeText(7, 3))).toBe(timeText(7, 4));
  expect(timeAfter(timeText(7, 0xffffffff))).toBe(timeText(8, 0));
});

test('an entry at or above the position is foreign', () => {
  const at = positionAt(timeText(7, 1), 2);
  expect(isForeign(streamId(timeText(7, 1), 1), position(at))).toBe(false);
  expect(isForeign(streamId(timeText(7, 1), 2), position(at))).toBe(true);
  expect(isForeign(streamId(timeText(8, 0), 0), position(at))).toBe(true);
});

test('a new consumer has missed what a stream no longer holds; one with a cursor only what the oplog lost', () => {
  const at = positionAt(timeText(9, 1), 0);
  const cut = positionAt(timeText(8, 1), 0);
  expect(hasMissed(undefined, position(at))).toBe(false);
  expect(hasMissed(undefined, position(at, { beginsAt: cut }))).toBe(true);
  expect(hasMissed('0-0', position(at, { beginsAt: cut }))).toBe(false);
  expect(hasMissed('0-0', position(at, { completeFrom: cut }))).toBe(true);
  expect(hasMissed(streamId(timeText(8, 1), 0), position(at, { completeFrom: cut }))).toBe(false);
});

test('what snapshots further on in the stream re-emit is not missed', () => {
  const at = positionAt(timeText(9, 1), 0);
  const [hole, later] = [positionAt(timeText(7, 1), 0), positionAt(timeText(8, 1), 0)];
  for (const lastId of [undefined, '0-0']) {
    expect(hasMissed(lastId, position(at, { completeFrom: hole, snapshotsFrom: hole }))).toBe(false);
    // Lost again since.
    expect(hasMissed(lastId, position(at, { completeFrom: later, snapshotsFrom: hole }))).toBe(true);
  }
  // Trimmed since, or emptied and begun anew where it was needed: a new consumer lacks what one with a cursor had
  // before.
  const begunLater = position(at, { completeFrom: hole, snapshotsFrom: hole, beginsAt: later });
  expect(hasMissed(undefined, begunLater)).toBe(true);
  expect(hasMissed('0-0', begunLater)).toBe(false);
});

test('a hash without source or position is no position', () => {
  expect(readStreamPosition([null, null, null, null])).toBeUndefined();
  expect(readStreamPosition(['s', zeroPosition, null, null])).toEqual(position(zeroPosition));
});
