// An export: what is asked for, and the file that a job makes of it. Pure: state in, state and events out.
// Invariants: a file belongs to an export that is done; an export that has ended only loses its file.
import {
  type AnswerOf,
  type ExportFilter,
  type exportFormats,
  type exportKinds,
  exportProgressed,
  type exportStatuses,
  type exportsApi,
  makeEvent,
} from '@holdfast/shared/contracts';
import type { Change } from '@holdfast/shared/persistence';
import type { Stamp } from '@holdfast/shared/values';
import { isToBeTold, type Job, type JobChange, taken } from '../jobs/job.ts';

export type ExportKind = (typeof exportKinds)[number];
export type Export = Job & {
  kind: ExportKind;
  format: (typeof exportFormats)[number];
  filter: ExportFilter | null;
  status: (typeof exportStatuses)[number];
  /** Key of the file. */
  file: string;
  /** With what things cost: only those who may see that may fetch it. */
  withCost: boolean;
  rowsDone: number;
  bytes: number | null;
  failure: { code: string; message: string } | null;
  creation: { requestHash: string } | null;
};
export type NewExport = Pick<
  Export,
  'id' | 'tenantId' | 'kind' | 'format' | 'filter' | 'file' | 'withCost' | 'createdBy' | 'creation'
>;

/** A queued export, which is due at once. */
export function draftExport(facts: NewExport, stamp: Stamp): Change<Export> {
  const { now } = stamp;
  const after: Export = {
    ...facts,
    status: 'queued',
    rowsDone: 0,
    bytes: null,
    failure: null,
    attempts: 0,
    dueAt: now,
    toldAt: now,
    version: 1,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
  };
  return { after, events: [progressEvent(after, stamp)] };
}

/** A process takes it on and begins its file anew. */
export function takeExport(before: Export, stamp: Stamp, untilMs: number): JobChange<Export> {
  return changed(before, { status: 'running', rowsDone: 0, ...taken(before, stamp.now, untilMs) }, stamp);
}

/** So many rows are written. */
export function advanceExport(before: Export, rowsDone: number, stamp: Stamp, untilMs: number): JobChange<Export> {
  return changed(before, { rowsDone, ...taken(before, stamp.now, untilMs) }, stamp);
}

/** The file is there, until it expires. */
export function finishExport(
  before: Export,
  { rowsDone, bytes }: { rowsDone: number; bytes: number },
  stamp: Stamp,
  keptMs: number,
): JobChange<Export> {
  const expiresAt = new Date(stamp.now.getTime() + keptMs);
  return changed(before, { status: 'done', rowsDone, bytes, ...ended(stamp), expiresAt }, stamp);
}

/** It ends without a file. */
export function failExport(
  before: Export,
  failure: { code: string; message: string },
  stamp: Stamp,
): JobChange<Export> {
  return changed(before, { status: 'failed', failure, ...ended(stamp), expiresAt: stamp.now }, stamp);
}

const ended = ({ now }: Stamp) => ({ dueAt: null, slot: undefined, finishedAt: now });

/** Its file is gone. */
export function withoutFile(before: Export, stamp: Stamp): JobChange<Export> {
  const status = before.status === 'done' ? 'expired' : before.status;
  return changed(before, { status, expiresAt: null }, stamp);
}

function changed(before: Export, fields: Partial<Export>, stamp: Stamp): JobChange<Export> {
  const after = { ...before, ...fields, version: before.version + 1 };
  if (!isToBeTold(before, after, stamp.now)) return { before, after, events: [] };
  after.toldAt = stamp.now;
  return { before, after, events: [progressEvent(after, stamp)] };
}

function progressEvent(job: Export, stamp: Stamp) {
  const { id: exportId, kind, createdBy, status, rowsDone } = job;
  return makeEvent(exportProgressed, job, stamp, { exportId, kind, createdBy, status, rowsDone });
}

/** The export as it was when it was queued: the first answer, for a request that is repeated under its key. */
export function asQueued(job: Export): Export {
  const before = { rowsDone: 0, bytes: null, failure: null, startedAt: null, finishedAt: null };
  return { ...job, ...before, status: 'queued', version: 1 };
}

/** The export as the API shows it. */
export function toExportResponse(job: Export): AnswerOf<typeof exportsApi.readExport> {
  const { id, kind, format, status, rowsDone, createdBy, version, filter } = job;
  const at = (time: Date | null, name: string) => (time === null ? {} : { [name]: time.toISOString() });
  return {
    id,
    kind,
    format,
    ...(filter === null ? {} : { filter: { ...filter } as Record<string, string> }),
    status,
    rowsDone,
    ...(job.bytes === null ? {} : { bytes: job.bytes }),
    ...(job.failure === null ? {} : { failure: job.failure }),
    createdBy,
    version,
    createdAt: job.createdAt.toISOString(),
    ...at(job.startedAt, 'startedAt'),
    ...at(job.finishedAt, 'finishedAt'),
    ...(job.status === 'done' ? at(job.expiresAt, 'expiresAt') : {}),
  };
}
