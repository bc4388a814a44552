import { expect, test } from 'vitest';
import { silentLog } from '../../values/index.ts';
import { compareIds, positionAfter, positionAt, streamId, timeText } from '../streams/positions.ts';
import { createMemoryStreams } from './lab/memory-streams.ts';
import { domainBytesMax } from './limits.ts';
import type { StreamSurvey } from './ports.ts';
import { planTrim, trimStreams } from './trimming.ts';

const at = (seconds: number) => positionAt(timeText(seconds, 1), 0);
const id = (seconds: number) => streamId(timeText(seconds, 1), 0);
const calm = { memoryShare: 0.1, bytes: 1_000 };
const survey = (over: Partial<StreamSurvey> = {}): StreamSurvey => ({
  partition: 2,
  position: { source: 's', at: at(10_000), completeFrom: '', beginsAt: '' },
  lastId: id(9_990),
  firstId: id(1_000),
  groups: [],
  cursors: new Map([['a', `s|${id(9_990)}`]]),
  ...over,
});

test('all have everything: trimmed up to five minutes before the position', () => {
  expect(planTrim(survey(), ['a'], 's', calm)).toEqual({ partition: 2, minId: id(9_700), cutOff: [] });
});

test('a slow platform consumer holds everything that it lacks, however old or large', () => {
  const slow = survey({ cursors: new Map([['a', `s|${id(2_000)}`]]) });
  const crowded = { memoryShare: 0.9, bytes: 2 * domainBytesMax };
  const [seconds] = planTrim(slow, ['a'], 's', crowded).minId!.split('-');
  expect(Number(seconds)).toBe(2_000);
  expect(positionAfter(id(2_000)) > at(2_000)).toBe(true);
});

test('an unknown platform consumer stops trimming', () => {
  expect(planTrim(survey(), ['a', 'b'], 's', calm).minId).toBeUndefined();
});

test('an outside group holds entries back', () => {
  const group = survey({ groups: [{ name: 'erp', acknowledgedTo: id(9_000) }] });
  expect(planTrim(group, ['a'], 's', calm)).toEqual({ partition: 2, minId: id(8_700), cutOff: [] });
});

test.for([
  ['an hour behind', id(6_000), calm],
  ['at 70 % of the memory', id(9_900), { ...calm, memoryShare: 0.7 }],
  ['above the size of a domain', id(9_900), { ...calm, bytes: domainBytesMax + 1 }],
] as const)('an outside group is cut off: %s', ([, acknowledgedTo, pressure]) => {
  const plan = planTrim(survey({ groups: [{ name: 'erp', acknowledgedTo }] }), ['a'], 's', pressure);
  expect(plan.cutOff.map(({ group }) => group)).toEqual(['erp']);
  expect(compareIds(plan.minId!, id(9_000))).toBeGreaterThan(0);
});

test('a group that has everything is never cut off', () => {
  const group = survey({ groups: [{ name: 'erp', acknowledgedTo: id(9_990) }] });
  expect(planTrim(group, ['a'], 's', { memoryShare: 0.9, bytes: 2 * domainBytesMax }).cutOff).toEqual([]);
});

test('a group on an old stream that has not read its first recent entry yet is not an hour behind', () => {
  const group = survey({ firstId: id(9_900), groups: [{ name: 'erp', acknowledgedTo: '0-0' }] });
  expect(planTrim(group, ['a'], 's', calm).cutOff).toEqual([]);
});

test('nothing to trim: the stream is left alone', () => {
  expect(planTrim(survey({ firstId: id(9_800) }), ['a'], 's', calm).minId).toBeUndefined();
  expect(planTrim(survey({ firstId: undefined }), ['a'], 's', calm).minId).toBeUndefined();
});

test('carrying it out removes entries and notes where the stream begins', async () => {
  const memory = createMemoryStreams();
  const open = await memory.open();
  const record = { source: 's', start: timeText(1, 1), needed: '', completeFrom: '' };
  const entries = [id(1_000), 'old', id(9_990), 'new'];
  await open.append(record, [{ partition: 2, believed: '', to: at(10_000), entries, beginsAt: '' }]);
  memory.cursors.set(2, new Map([['a', `s|${id(9_990)}`]]));
  const surveys = [(await open.survey())[2]!];
  expect(await trimStreams(open, surveys, { consumers: ['a'], source: 's', memoryShare: 0, log: silentLog })).toBe(1);
  expect(memory.entries(2)).toEqual([[id(9_990), 'new']]);
  expect(memory.positionsHeld.get(2)?.beginsAt).not.toBe('');
});
