// What every implementation of the EventStreams port does. Run against Redis and against the one in memory.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { firstIdAt, positionAfter, positionAt, streamId, timeText } from '../../streams/positions.ts';
import type { Append, AppendAnswer, EventStreams, OpenStreams, RelayRecord } from '../ports.ts';
import type { Entry } from './memory-streams.ts';

export interface StreamsUnderTest {
  readonly port: EventStreams;
  entries(partition: number): Promise<readonly Entry[]>;
  /** Somebody else's write. */
  add(partition: number, id: string): Promise<void>;
  dropStream(partition: number): Promise<void>;
  publishCursor(partition: number, consumer: string, text: string): Promise<void>;
  end(): Promise<void>;
}

const record: RelayRecord = { source: 'db-1', start: timeText(100, 1), needed: '', completeFrom: '' };
const at = (seconds: number, count = 0) => positionAt(timeText(seconds, 1), count);
const id = (seconds: number, ordinal = 0) => streamId(timeText(seconds, 1), ordinal);

/** Declares the suite for one implementation. */
export function streamsConformance(name: string, start: () => Promise<StreamsUnderTest>): void {
  describe(`event streams: ${name}`, () => {
    let under: StreamsUnderTest;
    let open: OpenStreams;
    beforeEach(async () => {
      under = await start();
      open = await under.port.open();
    });
    afterEach(async () => {
      open.close();
      await under.end();
    });

    const append = async (share: Partial<Append>, of = record): Promise<AppendAnswer> => {
      const whole = { partition: 3, believed: '', to: at(200), entries: [], beginsAt: '', ...share };
      return (await open.append(of, [whole]))[0]!;
    };
    const ids = async () => (await under.entries(3)).map(([entry]) => entry);

    test('makes a missing stream, even without entries', async () => {
      expect(await append({})).toEqual({ kind: 'appended', count: 0 });
      expect((await open.positions())[3]).toEqual({ source: 'db-1', at: at(200), completeFrom: '', beginsAt: '' });
      expect((await open.survey())[3]).toMatchObject({ lastId: '0-1', firstId: undefined });
      expect((await open.positions())[4]).toBeUndefined();
    });

    test('appends in order and skips what is there', async () => {
      await append({ to: at(150, 2), entries: [id(120), 'a', id(150), 'b', id(150, 1), 'c'] });
      const again = { believed: '', to: at(160, 1), entries: [id(150), 'b', id(150, 1), 'c', id(160), 'd'] };
      expect(await append(again)).toEqual({ kind: 'appended', count: 1 });
      expect(await under.entries(3)).toEqual([
        [id(120), 'a'],
        [id(150), 'b'],
        [id(150, 1), 'c'],
        [id(160), 'd'],
      ]);
    });

    test('never lowers a position', async () => {
      await append({ to: at(300) });
      await append({ to: at(200) });
      expect((await open.positions())[3]?.at).toBe(at(300));
    });

    test('answers rewind when the stored position is older than believed', async () => {
      await append({ to: at(200) });
      expect(await append({ believed: at(250), to: at(260), entries: [id(255), 'x'] })).toEqual({
        kind: 'rewind',
        stored: at(200),
      });
      expect(await ids()).toEqual([]);
    });

    test('answers rewind when everything is gone, unless it was read as missing', async () => {
      expect(await append({ believed: at(250), to: at(260), entries: [id(255), 'x'] })).toMatchObject({
        kind: 'rewind',
      });
      expect(await append({ believed: '', to: at(260), entries: [id(255), 'x'] })).toMatchObject({ kind: 'appended' });
    });

    test('answers rewind when what was read as missing is there after all, and ends before this run began', async () => {
      await append({ to: at(200), entries: [id(150), 'a'] });
      const share = { believed: '', to: at(260), entries: [id(255), 'x'] };
      expect(await append({ ...share, beginsAt: at(250) })).toEqual({ kind: 'rewind', stored: at(200) });
      expect(await ids()).toEqual([id(150)]);
      expect(await append({ ...share, beginsAt: at(200) })).toEqual({ kind: 'appended', count: 1 });
    });

    test('answers rewind for a position without its stream, and can then be made anew', async () => {
      await append({ to: at(200), entries: [id(150), 'a'] });
      await under.dropStream(3);
      expect(await append({ believed: at(200), to: at(210) })).toMatchObject({ kind: 'rewind' });
      expect((await open.positions())[3]).toBeUndefined();
      expect(await append({ to: at(210), entries: [id(150), 'a'] })).toEqual({ kind: 'appended', count: 1 });
    });

    test('answers foreign for an entry above the position, and removes stream and position', async () => {
      await append({ to: at(200, 1), entries: [id(200), 'a'] });
      await under.add(3, id(200, 1));
      expect(await append({ believed: at(200, 1), to: at(210) })).toEqual({ kind: 'foreign', lastId: id(200, 1) });
      expect(await ids()).toEqual([]);
      expect((await open.positions())[3]).toBeUndefined();
    });

    test('answers foreign for entries without a position', async () => {
      await under.add(3, id(200));
      expect(await append({ to: at(300) })).toEqual({ kind: 'foreign', lastId: id(200) });
    });

    test('refuses another source and changes nothing', async () => {
      await append({ to: at(200) });
      expect(await append({ believed: at(200), entries: [id(210), 'x'] }, { ...record, source: 'db-2' })).toEqual({
        kind: 'wrong-source',
        source: 'db-1',
      });
      expect(await ids()).toEqual([]);
    });

    test('keeps the highest completeFrom, and beginsAt of the first append', async () => {
      await append({ beginsAt: at(120) });
      await append({ beginsAt: at(190), believed: at(200) }, { ...record, completeFrom: at(180) });
      await append({ believed: at(200) }, { ...record, completeFrom: at(170) });
      expect((await open.positions())[3]).toMatchObject({ completeFrom: at(180), beginsAt: at(120) });
    });

    test('answers shares of several partitions one by one', async () => {
      const share = { believed: '', to: at(200), entries: [], beginsAt: '' };
      const answers = await open.append(record, [
        { ...share, partition: 0 },
        { ...share, partition: 1, believed: at(100) },
        { ...share, partition: 2 },
      ]);
      expect(answers.map(({ kind }) => kind)).toEqual(['appended', 'rewind', 'appended']);
    });

    test('surveys cursors, first and last ids', async () => {
      await append({ to: at(200), entries: [id(150), 'a', id(160), 'b'] });
      await under.publishCursor(3, 'inventory', `db-1|${id(150)}`);
      const survey = (await open.survey())[3]!;
      expect(survey).toMatchObject({ partition: 3, firstId: id(150), lastId: id(160), groups: [] });
      expect([...survey.cursors]).toEqual([['inventory', `db-1|${id(150)}`]]);
      expect(survey.position?.at).toBe(at(200));
    });

    test('trims below an id, also to nothing, and says where the stream begins', async () => {
      await append({ to: at(200), entries: [id(150), 'a', id(160), 'b'] });
      expect(await open.trim(3, id(150))).toBe(0);
      expect((await open.positions())[3]?.beginsAt).toBe('');
      expect(await open.trim(3, id(155))).toBe(1);
      expect((await open.positions())[3]?.beginsAt).toBe(positionAfter(id(155)));
      expect(await open.trim(3, firstIdAt(at(200)))).toBe(1);
      expect(await append({ believed: at(200), to: at(210), entries: [id(205), 'c'] })).toMatchObject({ count: 1 });
      expect(await ids()).toEqual([id(205)]);
    });

    test('a closed connection answers nothing any more', async () => {
      open.close();
      await expect(open.positions()).rejects.toThrow();
      await expect(append({})).rejects.toThrow();
    });
  });
}
