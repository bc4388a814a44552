// The relays' part in a resync, over ports in memory: when a stream holds snapshots of everything.
import { expect, test } from 'vitest';
import { silentLog, systemClock } from '../../values/index.ts';
import { positionAt, timeText } from '../streams/positions.ts';
import { doChores } from './chores.ts';
import type { ChangeLog, OpenStreams, RelayRecord, StreamSurvey } from './ports.ts';

const at = (seconds: number) => positionAt(timeText(seconds, 1), 0);
const [from, until] = [at(20), at(30)];
const record: RelayRecord = {
  source: 's',
  start: timeText(1, 1),
  needed: at(1),
  completeFrom: from,
  snapshots: { from, until },
};
const survey = (partition: number, position: string, snapshotsFrom?: string): StreamSurvey => ({
  partition,
  lastId: '0-1',
  firstId: undefined,
  cursors: new Map(),
  groups: [],
  position: {
    source: 's',
    at: position,
    completeFrom: from,
    beginsAt: from,
    ...(snapshotsFrom ? { snapshotsFrom } : {}),
  },
});

/** What one turn of the chores notes in streams that stand like this; and whether it found the resync complete. */
async function turn(surveys: StreamSurvey[]): Promise<{ noted: number[]; isResynced: boolean }> {
  const noted: number[] = [];
  let isResynced = false;
  const stop = new AbortController();
  const streams = {
    memoryShare: async () => 0,
    survey: async () => surveys,
    close: () => {},
    noteSnapshots: async (partition: number) => void noted.push(partition),
  } as unknown as OpenStreams;
  const changeLog = { agree: async () => record, saveNeeded: async () => {} } as unknown as ChangeLog;
  const clock = {
    ...systemClock,
    now: () => new Date(0),
    after(_ms: number, work: () => void) {
      stop.abort();
      work();
      return () => {};
    },
  };
  const resynced = () => {
    isResynced = true;
  };
  const rest = { consumers: [], memoryFull: () => {}, eventCount: () => 0, resynced };
  await doChores(record, streams, { changeLog, clock, log: silentLog, ...rest }, stop.signal);
  return { noted, isResynced };
}

test('a stream holds all snapshots only when it has passed the last of them', async () => {
  expect(await turn([survey(0, at(29)), survey(1, at(30)), survey(2, at(40))])).toEqual({
    noted: [1, 2],
    isResynced: false,
  });
});

test('the resync is complete when every stream holds all snapshots', async () => {
  expect(await turn([survey(0, at(40), from), survey(1, at(40), at(10))])).toEqual({ noted: [1], isResynced: false });
  expect(await turn([survey(0, at(40), from), survey(1, at(40), at(25))])).toEqual({ noted: [], isResynced: true });
});
