// What becomes of a job whose run ended early: it waits for who is down, is tried again, fails, or is left to the
// process that has taken it on.
import { isConflict, isOutage } from '@holdfast/shared/errors';
import { ServiceAnswer } from '@holdfast/shared/http';
import type { Log } from '@holdfast/shared/values';
import { jobAttemptsMax, jobPatienceMs } from '../limits.ts';
import { NotStored } from '../storage/storage.ts';
import { type Job, pauseAfter } from './job.ts';

/** Another process has taken the job on. */
export class Superseded extends Error {
  constructor() {
    super('another process has taken the job on');
    this.name = 'Superseded';
  }
}

/** Somebody whom the job needs is down or too busy. */
export class NotNow extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'NotNow';
  }
}

type Failure = { code: string; message: string; line?: number };
export type EndEarly = {
  job: Job;
  signal: AbortSignal;
  log: Log;
  now: Date;
  setAside(pauseMs: number, attempts: number): Promise<void>;
  fail(failure: Failure): Promise<void>;
  /** A flaw of what the job was given; undefined for anything else. */
  failureOf(error: unknown): Failure | undefined;
};

/** Decides by what was thrown. Rejects only when that cannot be stored: then the job counts as abandoned in time. */
export async function endEarly(error: unknown, early: EndEarly): Promise<void> {
  try {
    await decide(error, early);
  } catch (second) {
    if (!(second instanceof Superseded)) throw second;
  }
}

async function decide(error: unknown, { job, signal, log, now, ...then }: EndEarly): Promise<void> {
  const about = { tenantId: job.tenantId, jobId: job.id };
  if (error instanceof Superseded) return log.warn(about, 'another process has taken the job on');
  // Stopped: another process may go on at once.
  if (signal.aborted) return then.setAside(0, job.attempts);
  const failure =
    error instanceof NotStored ? { code: 'file_missing', message: 'The file is gone.' } : then.failureOf(error);
  if (failure) return then.fail(failure);
  const attempts = job.attempts + 1;
  const waits = error instanceof NotNow || isOutage(error) || isConflict(error) || error instanceof ServiceAnswer;
  const isOver = waits ? now.getTime() - job.createdAt.getTime() > jobPatienceMs : attempts >= jobAttemptsMax;
  if (isOver) {
    log.error({ err: error, ...about }, 'job given up');
    const message = waits ? 'A part of the platform was down for too long.' : 'Something went wrong on our side.';
    return then.fail({ code: waits ? 'unavailable' : 'internal', message });
  }
  log.warn({ err: error, ...about, attempts }, 'job set aside');
  await then.setAside(pauseAfter(attempts), attempts);
}
