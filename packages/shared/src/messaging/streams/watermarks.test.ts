import { describe, expect, it } from 'vitest';
import { emptyStreamId, positionAt, type StreamPosition, streamId, timeText } from './positions.ts';
import { type Sighting, watermarkOf } from './watermarks.ts';

const source = 'database-1';
const at = (seconds: number) => positionAt(timeText(seconds, 0), 0);
const idAt = (seconds: number) => streamId(timeText(seconds, 1), 0);
const position = (seconds: number, more: Partial<StreamPosition> = {}): StreamPosition => ({
  source,
  at: at(seconds),
  completeFrom: '',
  beginsAt: '',
  ...more,
});
const sighting = (more: Partial<Sighting> = {}): Sighting => ({
  position: position(1_000),
  cursor: { source, lastId: idAt(500) },
  nextId: undefined,
  ...more,
});

describe('a watermark', () => {
  it('is the position of the stream when the consumer has everything in it, however long ago that was', () => {
    expect(watermarkOf(sighting())).toBe(1_000_000);
    expect(watermarkOf(sighting({ cursor: { source, lastId: emptyStreamId } }))).toBe(1_000_000);
  });

  it('stands still with the position: a relay that does not publish', () => {
    expect(watermarkOf(sighting({ position: position(600) }))).toBe(600_000);
  });

  it('is before the first entry that is not applied: a consumer that stands still', () => {
    expect(watermarkOf(sighting({ nextId: idAt(700) }))).toBe(700_000);
  });

  it('is never beyond the position, whatever somebody else wrote above it', () => {
    expect(watermarkOf(sighting({ nextId: idAt(9_000) }))).toBe(1_000_000);
  });

  it('ends at the cursor when entries after it are lost', () => {
    expect(watermarkOf(sighting({ position: position(1_000, { completeFrom: at(800) }) }))).toBe(500_000);
    const again = position(1_000, { completeFrom: at(800), snapshotsFrom: at(900) });
    expect(watermarkOf(sighting({ position: again, nextId: idAt(900) }))).toBe(900_000);
  });

  it('is unknown without a position, without a cursor, and for a cursor of another database', () => {
    expect(watermarkOf(sighting({ position: undefined }))).toBeUndefined();
    expect(watermarkOf(sighting({ cursor: undefined }))).toBeUndefined();
    expect(watermarkOf(sighting({ cursor: { source: 'database-0', lastId: idAt(500) } }))).toBeUndefined();
  });
});
