// An import: a file and how far its rows are applied. Pure: state in, state and events out.
// Invariants: a row is counted once, in the write that says how far the job is; an import that has ended does not
// change; every change raises the version, so that of two processes at one job the slower one notices.
import {
  type AnswerOf,
  type importKinds,
  importProgressed,
  type importStatuses,
  type importsApi,
  makeEvent,
} from '@holdfast/shared/contracts';
import type { Change } from '@holdfast/shared/persistence';
import type { Stamp } from '@holdfast/shared/values';
import type { DecimalSign } from '../csv/amounts.ts';
import { isToBeTold, type Job, type JobChange, taken } from '../jobs/job.ts';

export type ImportKind = (typeof importKinds)[number];
export type ImportFailure = { code: string; message: string; line?: number };
export type Import = Job & {
  kind: ImportKind;
  status: (typeof importStatuses)[number];
  decimal: DecimalSign;
  /** Key of the file. */
  file: string;
  bytes: number;
  /** Rows that the plan of the business allows. */
  rowsMax: number;
  /** Null until the file was read through. */
  rowsTotal: number | null;
  rowsRead: number;
  rowsDone: number;
  rowsFailed: number;
  failure: ImportFailure | null;
  creation: { requestHash: string } | null;
};
export type ImportChange = Change<Import>;
export type RowCounts = { read: number; done: number; failed: number };
/** What became of some rows more. */
export type NewImport = Pick<
  Import,
  'id' | 'tenantId' | 'kind' | 'decimal' | 'file' | 'bytes' | 'rowsMax' | 'createdBy' | 'creation'
>;

/** A queued import, which is due at once. */
export function draftImport(facts: NewImport, stamp: Stamp): ImportChange {
  const { now } = stamp;
  const after: Import = {
    ...facts,
    status: 'queued',
    rowsTotal: null,
    rowsRead: 0,
    rowsDone: 0,
    rowsFailed: 0,
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

/** A process takes it on: nobody else does before `untilMs` have passed without a sign of it. */
export function takeImport(before: Import, stamp: Stamp, untilMs: number): JobChange<Import> {
  return changed(before, { status: 'running', ...taken(before, stamp.now, untilMs) }, stamp);
}

/** The file was read through and has this many rows. */
export function countedImport(before: Import, rowsTotal: number, stamp: Stamp, untilMs: number): JobChange<Import> {
  return changed(before, { rowsTotal, ...taken(before, stamp.now, untilMs) }, stamp);
}

/** More rows are applied. */
export function advanceImport(before: Import, more: RowCounts, stamp: Stamp, untilMs: number): JobChange<Import> {
  const counts = {
    rowsRead: before.rowsRead + more.read,
    rowsDone: before.rowsDone + more.done,
    rowsFailed: before.rowsFailed + more.failed,
  };
  return changed(before, { ...counts, ...taken(before, stamp.now, untilMs), attempts: 0 }, stamp);
}

/** All rows are applied: the file can go. */
export function finishImport(before: Import, stamp: Stamp): JobChange<Import> {
  return changed(before, { status: 'done', ...ended(stamp) }, stamp);
}

/** It ends here; rows that are applied stay so. */
export function failImport(before: Import, failure: ImportFailure, stamp: Stamp): JobChange<Import> {
  return changed(before, { status: 'failed', failure, ...ended(stamp) }, stamp);
}

const ended = ({ now }: Stamp) => ({ dueAt: null, slot: undefined, finishedAt: now, expiresAt: now });

function changed(before: Import, fields: Partial<Import>, stamp: Stamp): JobChange<Import> {
  const after = { ...before, ...fields, version: before.version + 1 };
  if (!isToBeTold(before, after, stamp.now)) return { before, after, events: [] };
  after.toldAt = stamp.now;
  return { before, after, events: [progressEvent(after, stamp)] };
}

function progressEvent(job: Import, stamp: Stamp) {
  const { id: importId, kind, createdBy, status, rowsRead, rowsDone, rowsFailed, rowsTotal } = job;
  const data = { importId, kind, createdBy, status, rowsRead, rowsDone, rowsFailed };
  return makeEvent(importProgressed, job, stamp, rowsTotal === null ? data : { ...data, rowsTotal });
}

/** Its file is gone. */
export function withoutFile(before: Import): JobChange<Import> {
  return { before, after: { ...before, expiresAt: null, version: before.version + 1 }, events: [] };
}

/** The import as it was when it was queued: the first answer, for a request that is repeated under its key. */
export function asQueued(job: Import): Import {
  const before = { rowsTotal: null, rowsRead: 0, rowsDone: 0, rowsFailed: 0, failure: null };
  return { ...job, ...before, status: 'queued', version: 1, startedAt: null, finishedAt: null };
}

/** The import as the API shows it. */
export function toImportResponse(job: Import): AnswerOf<typeof importsApi.readImport> {
  const { id, kind, status, decimal, bytes, rowsRead, rowsDone, rowsFailed, createdBy, version } = job;
  return {
    id,
    kind,
    status,
    decimal,
    bytes,
    ...(job.rowsTotal === null ? {} : { rowsTotal: job.rowsTotal }),
    rowsRead,
    rowsDone,
    rowsFailed,
    ...(job.failure === null ? {} : { failure: job.failure }),
    createdBy,
    version,
    createdAt: job.createdAt.toISOString(),
    ...(job.startedAt === null ? {} : { startedAt: job.startedAt.toISOString() }),
    ...(job.finishedAt === null ? {} : { finishedAt: job.finishedAt.toISOString() }),
  };
}
