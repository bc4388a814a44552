import { expect, test } from 'vitest';
import { positionAt, timeText } from '../streams/positions.ts';
import { beginning } from './start.ts';

const at = (seconds: number) => positionAt(timeText(seconds, 1), 0);
const record = { source: 's', start: timeText(10, 1), needed: at(50), completeFrom: '' };
const held = (seconds: number) => ({ source: 's', at: at(seconds), completeFrom: '', beginsAt: '' });

test('all positions known: their minimum', () => {
  expect(beginning(record, [held(70), held(60), held(80)], '')).toEqual({
    at: at(60),
    believed: [at(70), at(60), at(80)],
    beginsAt: at(60),
  });
});

test('one missing: also what consumers still need', () => {
  expect(beginning(record, [held(70), undefined], '')).toMatchObject({ at: at(50), believed: [at(70), ''] });
  expect(beginning(record, [held(40), undefined], '')).toMatchObject({ at: at(40) });
});

test('the very first start: the streams will hold everything', () => {
  const fresh = { ...record, needed: at(10) };
  expect(beginning(fresh, [undefined, undefined], '')).toEqual({ at: at(10), believed: ['', ''], beginsAt: '' });
});

test('never before what is declared lost, nor before a dropped database', () => {
  expect(beginning({ ...record, completeFrom: at(65) }, [held(60)], '').at).toBe(at(65));
  expect(beginning(record, [held(60)], at(61)).at).toBe(at(61));
});
