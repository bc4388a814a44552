// The oplog of one service's database, read by raw aggregate and getMore. The driver's own change stream is not used:
// it resumes by itself, from a token that may be inside a transaction. Invariant: one connection, session and cursor
// per opening; the first failure ends it.
import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import mongoose from 'mongoose';
import { asSystem, type Database, type StoredEvent } from '../../persistence/index.ts';
import { positionAt, timeParts, timeText } from '../streams/positions.ts';
import { awaitChangesMs, batchCountMax } from './limits.ts';
import { type ChangeBatch, type ChangeLog, HistoryLost, type OpenChanges, type RelayRecord } from './ports.ts';

/** The global collection with what the relays of a database have agreed on; `_id` is `<domain>:<generation>`. */
export const relayPositionsCollection = 'relay_positions';

const historyLostCode = 286;
const stage = { clusterTime: 1, 'fullDocument.events': 1, 'updateDescription.updatedFields.events': 1 };

// Frozen: the ordinals of the stream ids depend on which changes pass and in which order.
const pipelineAfter = [
  {
    $match: {
      operationType: { $in: ['insert', 'update'] },
      $or: [
        { 'fullDocument.events': { $exists: true } },
        { 'updateDescription.updatedFields.events': { $exists: true } },
      ],
    },
  },
  { $project: stage },
];

interface RawChange {
  clusterTime: mongo.Timestamp;
  fullDocument?: { events?: StoredEvent[] };
  updateDescription?: { updatedFields?: { events?: StoredEvent[] } };
}

interface CursorReply {
  cursor: {
    id: mongo.Long;
    firstBatch?: RawChange[];
    nextBatch?: RawChange[];
    postBatchResumeToken: { _data: string };
  };
}

interface RecordDocument extends Omit<RelayRecord, never> {
  _id: string;
}

export interface MongoChangeLogOptions {
  readonly database: Pick<Database, 'db' | 'openWatcher'>;
  readonly domain: string;
  readonly generation: string;
  /** Changes per getMore. */
  readonly batchSize?: number;
}

function hex(time: mongo.Timestamp): string {
  return timeText(time.t, time.i);
}

/** `82`, then the clusterTime: how a resume token starts. */
function tokenTime(token: { _data: string }): string {
  return token._data.slice(2, 18).toLowerCase();
}

function toBatch(reply: CursorReply): ChangeBatch {
  const changes = (reply.cursor.nextBatch ?? []).map((change) => ({
    time: hex(change.clusterTime),
    events: change.fullDocument?.events ?? change.updateDescription?.updatedFields?.events ?? [],
  }));
  return { changes, upTo: tokenTime(reply.cursor.postBatchResumeToken), ended: reply.cursor.id.isZero() };
}

function translate(error: unknown): unknown {
  return (error as { code?: unknown }).code === historyLostCode
    ? new HistoryLost('the oplog no longer reaches back', { cause: error })
    : error;
}

/** Opens a cursor on a connection of its own and reads it batch by batch inside one session. */
async function openChanges(
  { database, batchSize = batchCountMax }: MongoChangeLogOptions,
  time: string,
): Promise<OpenChanges> {
  const watcher = await database.openWatcher();
  const session = watcher.client.startSession({ causalConsistency: false });
  let cursorId: mongo.Long | undefined;
  const command = (body: mongo.Document) =>
    asSystem('relay', () => watcher.db.command(body, { session, promoteLongs: false })) as Promise<CursorReply>;
  const closeCursor = async () => {
    const cursors = cursorId && !cursorId.isZero() ? [cursorId] : [];
    cursorId = undefined;
    try {
      if (cursors.length > 0) await command({ killCursors: '$cmd.aggregate', cursors });
      await session.endSession();
    } finally {
      await watcher.close();
    }
  };
  const close = () => {
    closeCursor().catch(() => {});
  };
  try {
    const { seconds, increment } = timeParts(time);
    const reply = await command({
      aggregate: 1,
      cursor: { batchSize: 0 },
      readConcern: { level: 'majority' },
      pipeline: [
        { $changeStream: { startAtOperationTime: new mongoose.mongo.Timestamp({ t: seconds, i: increment }) } },
        ...pipelineAfter,
      ],
    });
    cursorId = reply.cursor.id;
  } catch (error) {
    close();
    throw translate(error);
  }
  return {
    async next(awaitMs = awaitChangesMs) {
      try {
        if (!cursorId) throw new Error('the changes are closed');
        const reply = await command({
          getMore: cursorId,
          collection: '$cmd.aggregate',
          batchSize,
          maxTimeMS: awaitMs,
        });
        cursorId = reply.cursor.id;
        return toBatch(reply);
      } catch (error) {
        throw translate(error);
      }
    },
    close,
  };
}

/** True while a resync was asked for and is not done. */
export function isWanted({ snapshots, snapshotsWanted = '' }: Pick<RelayRecord, 'snapshots' | 'snapshotsWanted'>) {
  return snapshotsWanted > (snapshots?.from ?? '');
}

/** The change log of a service's database. */
export function mongoChangeLog(options: MongoChangeLogOptions): ChangeLog {
  const { database, domain, generation } = options;
  const _id = `${domain}:${generation}`;
  const records = database.db.collection<RecordDocument>(relayPositionsCollection);
  const now = async () => {
    const { operationTime } = await database.db.command({ ping: 1 });
    return hex(operationTime as mongo.Timestamp);
  };
  const system = <T>(work: () => Promise<T>) => asSystem('relay', work);
  return {
    agree: () =>
      system(async () => {
        const held = await records.findOne({ _id });
        if (held) return held;
        const start = await now();
        const fresh = { source: randomUUID(), start, needed: positionAt(start, 0), completeFrom: '' };
        const agreed = await records.findOneAndUpdate(
          { _id },
          { $setOnInsert: fresh },
          { upsert: true, returnDocument: 'after' },
        );
        if (!agreed) throw new Error('the start of the relay could not be agreed');
        return agreed;
      }),
    open: (time) => openChanges(options, time),
    saveNeeded: ({ source }, needed) =>
      system(async () => {
        await records.updateOne({ _id, source }, { $set: { needed } });
      }),
    wantSnapshots: ({ source, snapshots, snapshotsWanted }) =>
      system(async () => {
        if (isWanted({ snapshots, snapshotsWanted })) return;
        const filter = { _id, source, ...(snapshotsWanted === undefined ? {} : { snapshotsWanted }) };
        await records.updateOne(filter, { $set: { snapshotsWanted: positionAt(await now(), 0) } });
      }),
    declareLost: ({ source, completeFrom }) =>
      system(async () => {
        const from = positionAt(await now(), 0);
        await records.updateOne({ _id, source, completeFrom }, { $set: { completeFrom: from, needed: from } });
      }),
  };
}
