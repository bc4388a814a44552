// Which position some platform consumer may still need: where a relay begins when Redis is empty. Pure. Invariant:
// never later than the cursor of any consumer on the contract's list; what cannot be known freezes it.

import { compareIds, earlier, emptyStreamId, lackingSource, positionAfter } from '../streams/positions.ts';
import type { StreamSurvey } from './ports.ts';

/**
 * The last id that a consumer published (`<source>|<last id>`) for this database; undefined when missing or of another
 * one.
 */
export function publishedCursor(survey: StreamSurvey, consumer: string, source: string): string | undefined {
  const text = survey.cursors.get(consumer);
  if (!text?.startsWith(`${source}|`)) return undefined;
  return text.slice(source.length + 1);
}

/**
 * What a new consumer publishes that lacks events which are no longer in the stream; it names the snapshots that it has
 * seen.
 */
export function lackingText(snapshotsFrom: string): string {
  return `${lackingSource}|${snapshotsFrom}`;
}

/**
 * What one consumer still needs of one stream; undefined when unknown. At the stream's last id it counts as being at
 * the position.
 */
function neededBy(consumer: string, survey: StreamSurvey, source: string): string | undefined {
  const { position, lastId } = survey;
  const cursor = publishedCursor(survey, consumer, source);
  if (!position || cursor === undefined) return undefined;
  const caughtUp = compareIds(cursor, lastId) >= 0 || compareIds(lastId, emptyStreamId) <= 0;
  return caughtUp ? position.at : earlier(position.at, positionAfter(cursor));
}

/** The minimum over all partitions and consumers; undefined (leave the stored one) when any of them is unknown. */
export function neededPosition(
  surveys: readonly StreamSurvey[],
  consumers: readonly string[],
  source: string,
): string | undefined {
  let least: string | undefined;
  for (const survey of surveys) {
    if (survey.position?.source !== source) return undefined;
    let own: string | undefined = survey.position.at;
    for (const consumer of consumers) {
      const need = neededBy(consumer, survey, source);
      if (need === undefined) return undefined;
      own = earlier(own, need);
    }
    least = least === undefined ? own : earlier(least, own);
  }
  return least;
}
