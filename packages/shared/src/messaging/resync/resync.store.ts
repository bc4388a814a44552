// Resyncs in the service's own MongoDB: what is due, how far the running one is, and the writes that re-emit documents.
// Invariants: a document is re-emitted where its version is the one that was read, like any other change of it;
// progress belongs to one source and one target, so that a restore or a further loss starts anew.
import type { mongo } from 'mongoose';
import type { DomainEvent } from '../../contracts/index.ts';
import { type AnyCollection, asSystem, type Database, type Stored, storeEvents } from '../../persistence/index.ts';
import { stampNow, systemClock } from '../../values/index.ts';
import { cursorsCollection } from '../consumer/cursors.ts';
import { mongoChangeLog, relayPositionsCollection } from '../relay/change-log.store.ts';
import type { RelayRecord } from '../relay/ports.ts';
import { positionAt, timeAfter, timeText } from '../streams/positions.ts';
import { restoredVersionLift } from './limits.ts';

/** A document whose events ride inside it. */
export type EventedDocument = { _id: string; tenantId?: string; version: number };

/** One kind of documents and the snapshot of one. */
export interface SnapshotOf<Document extends EventedDocument = EventedDocument> {
  readonly collection: string;
  /**
   * The full-state event of a document at `version`, and fields that change with it. `lift` is 1, or more after a
   * restore.
   */
  toSnapshot(document: Document, facts: { version: number; lift: number }): { event: DomainEvent; set?: object };
}

/** The kinds of a service's collections that can be re-emitted, in their order. */
export function snapshotsOf(collections: readonly AnyCollection[]): SnapshotOf[] {
  return collections.flatMap(({ name, toSnapshot, fromStored }) =>
    toSnapshot
      ? [
          {
            collection: name,
            toSnapshot: (document, { version, lift }) =>
              toSnapshot(
                { ...fromStored(document as unknown as Stored), version },
                { stamp: stampNow(systemClock), lift },
              ),
          },
        ]
      : [],
  );
}

/** How far a resync is. */
export interface ResyncProgress {
  readonly source: string;
  /** Everything is re-emitted by writes at or after this position. */
  readonly target: string;
  /** The collections that are re-emitted, by name: another release may have others, or another order. */
  readonly done: readonly string[];
  /** The one that is being re-emitted, and the last document of it that was. */
  readonly collection: string;
  readonly after: string;
  readonly reEmitted: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

type ProgressDocument = ResyncProgress & { _id: string };
type RecordDocument = RelayRecord & { _id: string; versionLift?: number };

export interface ResyncStore {
  /** The relays' record; `lift` is what a snapshot adds to a version. */
  record(): Promise<RelayRecord & { lift: number }>;
  progress(): Promise<ResyncProgress | undefined>;
  save(progress: ResyncProgress): Promise<void>;
  /** Records that everything is re-emitted; false when the record is another one by now. */
  finish(progress: ResyncProgress): Promise<boolean>;
  want(): Promise<void>;
  /** Documents of a kind after this id, in the order of their ids. */
  read(kind: SnapshotOf, after: string, limit: number): Promise<EventedDocument[]>;
  /** Re-emits documents that are as they were read; the ids of the others. */
  reEmit(kind: SnapshotOf, documents: readonly EventedDocument[], lift: number): Promise<string[]>;
  reread(kind: SnapshotOf, ids: readonly string[]): Promise<EventedDocument[]>;
  renewSource(source: string): Promise<void>;
}

export type ResyncStoreOptions = { database: Database; domain: string; generation: string };

export function openResyncStore({ database, domain, generation }: ResyncStoreOptions): ResyncStore {
  const { db } = database;
  const _id = `${domain}:${generation}`;
  const progressId = `resync:${_id}`;
  const records = db.collection<RecordDocument>(relayPositionsCollection);
  const progresses = db.collection<ProgressDocument>(relayPositionsCollection);
  const changeLog = mongoChangeLog({ database, domain, generation });
  const system = <T>(work: () => Promise<T>) => asSystem('resync', work);
  const now = async () => {
    const { operationTime } = await db.command({ ping: 1 });
    return timeText(operationTime.t, operationTime.i);
  };
  const documents = (kind: SnapshotOf) => db.collection<EventedDocument>(kind.collection);

  return {
    async record() {
      const record: RelayRecord & { versionLift?: number } = await changeLog.agree();
      return { ...record, lift: record.versionLift ?? 1 };
    },
    progress: () => system(async () => (await progresses.findOne({ _id: progressId })) ?? undefined),
    save: ({ source, target, done, collection, after, reEmitted, startedAt, finishedAt }) =>
      system(async () => {
        const fields = { source, target, done, collection, after, reEmitted, startedAt, finishedAt };
        await progresses.updateOne({ _id: progressId }, { $set: fields }, { upsert: true });
      }),
    finish: ({ source, target }) =>
      system(async () => {
        // After the last write: whatever is there at this time is re-emitted.
        const snapshots = { from: target, until: positionAt(timeAfter(await now()), 0) };
        const filter = { _id, source, completeFrom: { $lte: target } };
        const { matchedCount } = await records.updateOne(filter, { $set: { snapshots }, $unset: { versionLift: '' } });
        return matchedCount === 1;
      }),
    want: async () => changeLog.wantSnapshots?.(await changeLog.agree()),
    read: (kind, after, limit) =>
      system(() =>
        documents(kind)
          .find({ _id: { $gt: after } }, { projection: { events: 0 } })
          .sort({ _id: 1 })
          .hint({ _id: 1 })
          .limit(limit)
          .toArray(),
      ),
    reread: (kind, ids) =>
      system(() =>
        documents(kind)
          .find({ _id: { $in: [...ids] } }, { projection: { events: 0 } })
          .toArray(),
      ),
    reEmit: (kind, found, lift) => system(() => reEmitDocuments(documents(kind), kind, found, lift)),
    renewSource: (source) =>
      system(async () => {
        // First: this service's own cursors are as old as the backup, and streams may have been trimmed past them. A
        // new epoch ends their owners, who would otherwise go on from memory.
        await db.collection(cursorsCollection).updateMany({}, { $set: { source: '' }, $inc: { epoch: 1 } });
        const { source: former } = await changeLog.agree();
        const time = await now();
        const from = positionAt(time, 0);
        const fresh = { source, start: time, needed: from, completeFrom: from, versionLift: restoredVersionLift };
        const unset = { snapshots: '', snapshotsWanted: '' };
        const update = { $set: fresh, $unset: unset, $addToSet: { formerSources: former } };
        await records.updateOne({ _id, source: former }, update as unknown as mongo.UpdateFilter<RecordDocument>);
      }),
  };
}

/** One write per document in one command, without a transaction: each is a change of its own. */
async function reEmitDocuments(
  collection: mongo.Collection<EventedDocument>,
  kind: SnapshotOf,
  found: readonly EventedDocument[],
  lift: number,
): Promise<string[]> {
  if (found.length === 0) return [];
  const events: DomainEvent[] = [];
  const operations = found.map((document) => {
    const { _id, tenantId } = document;
    const version = document.version + lift;
    const { event, set = {} } = kind.toSnapshot(document, { version, lift });
    events.push(event);
    const filter = { _id, version: document.version, ...(tenantId === undefined ? {} : { tenantId }) };
    return { updateOne: { filter, update: { $set: { ...set, version, events: storeEvents([event]) } } } };
  });
  const { matchedCount } = await collection.bulkWrite(operations, { ordered: false });
  if (matchedCount === found.length) return [];
  // The server does not say which: those that still carry our event were written, the others are tried once more.
  const own = new Set(events.map(({ id }) => id));
  const ids = found.map(({ _id }) => _id);
  const carried = await collection
    .find({ _id: { $in: ids } }, { projection: { 'events.id': 1 } })
    .map((document) => document as unknown as { _id: string; events: { id: string }[] })
    .toArray();
  return carried.filter(({ events: [first] }) => !first || !own.has(first.id)).map(({ _id }) => _id);
}
