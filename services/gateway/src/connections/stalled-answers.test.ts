import { describe, expect, it } from 'vitest';
import { createStallWatch } from './stalled-answers.ts';

const limits = { answerTakenMs: 30_000, bytesPerSecondMin: 1_000, waitingBytesMax: 1_000_000 };
/** A connection to which so many bytes were written, and so many of them wait. */
const connection = (bytesWritten: number, writableLength: number) => ({ bytesWritten, writableLength });

describe('an answer', () => {
  it('that nobody takes is cut off after 30 s', () => {
    const look = createStallWatch(limits);
    const socket = connection(5_000, 5_000);
    expect([0, 15_000, 30_000].map((nowMs) => look([socket], nowMs))).toEqual([[], [], []]);
    expect(look([socket], 30_001)).toEqual([socket]);
  });

  it('that is taken slowly has a second more for each 1,000 bytes', () => {
    const look = createStallWatch(limits);
    const socket = connection(100_000, 100_000);
    look([socket], 0);
    socket.writableLength = 95_000;
    expect(look([socket], 35_000)).toEqual([]);
    expect(look([socket], 35_001)).toEqual([socket]);
  });

  it('that was taken is forgotten: the next one has its own time', () => {
    const look = createStallWatch(limits);
    const socket = connection(5_000, 5_000);
    look([socket], 0);
    socket.writableLength = 0;
    look([socket], 20_000);
    Object.assign(socket, connection(10_000, 5_000));
    look([socket], 25_000);
    expect(look([socket], 50_000)).toEqual([]);
    expect(look([socket], 55_001)).toEqual([socket]);
  });
});

it('of more bytes than may wait altogether, those that wait longest are cut off', () => {
  const look = createStallWatch(limits);
  const [first, second, third] = [connection(6e5, 6e5), connection(6e5, 6e5), connection(3e5, 3e5)];
  expect(look([first], 0)).toEqual([]);
  expect(look([second, first], 1_000)).toEqual([first]);
  expect(look([third, second], 2_000)).toEqual([]);
});
