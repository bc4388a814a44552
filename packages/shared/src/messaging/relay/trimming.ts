// What may leave a stream. Invariants: nothing that a platform consumer has not applied is ever trimmed, and an unknown
// consumer stops trimming; outside groups hold entries back only up to the hard cap and the memory bound, then they are
// cut off, which is noted.

import type { Log } from '../../values/index.ts';
import { compareIds, firstIdAt, parseId, timeParts } from '../streams/positions.ts';
import { domainBytesMax, outsideAgeMaxSeconds, outsideMemoryShareMax, trimSlackSeconds } from './limits.ts';
import { neededPosition } from './needed.ts';
import type { OpenStreams, StreamSurvey } from './ports.ts';

export interface Pressure {
  /** Used share of Redis maxmemory, 0 to 1. */
  readonly memoryShare: number;
  /** Bytes of the domain's streams. */
  readonly bytes: number;
}

export interface TrimPlan {
  readonly partition: number;
  /** First id to keep; undefined = leave the stream alone. */
  readonly minId: string | undefined;
  /** Outside groups to remove first, with the reason. */
  readonly cutOff: readonly { readonly group: string; readonly reason: string }[];
}

function minus(id: string, seconds: number): string {
  const [at, sequence] = parseId(id);
  return at > seconds ? `${at - seconds}-${sequence}` : '0-0';
}

function cutOffReason(acknowledgedTo: string, survey: StreamSurvey, pressure: Pressure): string | undefined {
  const { position, lastId } = survey;
  if (!position || compareIds(acknowledgedTo, lastId) >= 0) return undefined;
  if (pressure.memoryShare >= outsideMemoryShareMax)
    return `Redis memory at ${Math.round(pressure.memoryShare * 100)} %`;
  if (pressure.bytes > domainBytesMax) return `streams of the domain above ${domainBytesMax} bytes`;
  // Age of the oldest entry that it holds back: the entry after what it acknowledged cannot be older than that, nor
  // than the first one left.
  const oldest =
    survey.firstId !== undefined && compareIds(survey.firstId, acknowledgedTo) > 0 ? survey.firstId : acknowledgedTo;
  const age = timeParts(position.at).seconds - parseId(oldest)[0];
  return age > outsideAgeMaxSeconds ? `more than ${outsideAgeMaxSeconds} s behind` : undefined;
}

/** What to do with one partition. */
export function planTrim(
  survey: StreamSurvey,
  consumers: readonly string[],
  source: string,
  pressure: Pressure,
): TrimPlan {
  const { partition, groups } = survey;
  const platform = neededPosition([survey], consumers, source);
  const cutOff: { group: string; reason: string }[] = [];
  let keepFrom = platform === undefined ? undefined : firstIdAt(platform);
  for (const { name, acknowledgedTo } of groups) {
    const reason = cutOffReason(acknowledgedTo, survey, pressure);
    if (reason) cutOff.push({ group: name, reason });
    else if (keepFrom && compareIds(acknowledgedTo, survey.lastId) < 0 && compareIds(acknowledgedTo, keepFrom) < 0)
      keepFrom = acknowledgedTo;
  }
  if (!keepFrom || survey.firstId === undefined) return { partition, minId: undefined, cutOff };
  const crowded = pressure.bytes > domainBytesMax || pressure.memoryShare >= outsideMemoryShareMax;
  const minId = crowded ? keepFrom : minus(keepFrom, trimSlackSeconds);
  return { partition, minId: compareIds(survey.firstId, minId) < 0 ? minId : undefined, cutOff };
}

/** Carries out the plans of one survey of the streams; returns how many entries were removed. */
export async function trimStreams(
  streams: OpenStreams,
  surveys: readonly StreamSurvey[],
  {
    consumers,
    source,
    memoryShare,
    log,
  }: { consumers: readonly string[]; source: string; memoryShare: number; log: Log },
): Promise<number> {
  const pressure = { memoryShare, bytes: await streams.bytes() };
  let removed = 0;
  for (const survey of surveys) {
    const plan = planTrim(survey, consumers, source, pressure);
    for (const { group, reason } of plan.cutOff) {
      await streams.cutOff(plan.partition, group, reason);
      log.warn({ partition: plan.partition, group, reason }, 'outside group cut off');
    }
    if (plan.minId) removed += await streams.trim(plan.partition, plan.minId);
  }
  return removed;
}
