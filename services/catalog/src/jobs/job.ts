// What imports and exports have in common: whose they are, when they are due, when their progress is told. Pure.
import type { DomainEvent } from '@holdfast/shared/contracts';
import type { Cause } from '@holdfast/shared/values';
import { retryPauseMaxMs, retryPauseMinMs, toldEveryMs } from '../limits.ts';

export type Job = {
  id: string;
  tenantId: string;
  status: string;
  /** A user id. */
  createdBy: string;
  /** When a process should look at it; null once it has ended. While it runs: when it counts as abandoned. */
  dueAt: Date | null;
  /** Its place among the unfinished ones of its tenant; undefined once it has ended. */
  slot?: number | undefined;
  /** Runs that ended early since it last got further. */
  attempts: number;
  /** Time of its last event. */
  toldAt: Date;
  version: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** When its file goes; null while it is needed, and once it is gone. */
  expiresAt: Date | null;
};
export type JobChange<J> = { before: J; after: J; events: DomainEvent[] };

/** False while another process is at it, or it waits for its next attempt. */
export function isFree({ status, dueAt }: Job, now: Date): boolean {
  return dueAt !== null && (status === 'queued' || dueAt <= now);
}

/** The fields of a job that somebody works on. */
export function taken({ startedAt }: Job, now: Date, untilMs: number): Pick<Job, 'dueAt' | 'startedAt'> {
  return { dueAt: new Date(now.getTime() + untilMs), startedAt: startedAt ?? now };
}

/** A new status is told at once, progress at most once in `toldEveryMs`. */
export function isToBeTold(before: Job, after: Job, now: Date): boolean {
  return before.status !== after.status || now.getTime() - before.toldAt.getTime() >= toldEveryMs;
}

/** Set aside until then; nothing is told of it. */
export function setAside<J extends Job>(
  before: J,
  untilMs: number,
  now: Date,
  attempts = before.attempts,
): JobChange<J> {
  const dueAt = new Date(now.getTime() + untilMs);
  return { before, after: { ...before, dueAt, attempts, version: before.version + 1 }, events: [] };
}

/** The pause before the next attempt: twice as long each time. */
export function pauseAfter(attempts: number): number {
  return Math.min(retryPauseMinMs * 2 ** Math.min(attempts, 16), retryPauseMaxMs);
}

/** Of a job's events: the job led to them. */
export function causeOfJob({ id }: Job): Cause {
  return { correlationId: id };
}
