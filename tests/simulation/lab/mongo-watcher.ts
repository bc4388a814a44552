// The change stream as the relay reads it: raw aggregate and getMore. Invariant: a cursor dies with its connection or
// its server, and shows only what a majority has, in the order of the oplog, from the asked time on,
// that time included.
import { mongo } from 'mongoose';
import { command, type DriverOptions, timestamp } from './mongo-driver.ts';
import { serverError } from './mongo-store.ts';

interface Cursor {
  next: number;
  readonly epoch: number;
}

type Body = {
  aggregate?: 1;
  pipeline?: { $changeStream?: { startAtOperationTime: mongo.Timestamp } }[];
  getMore?: mongo.Long;
  batchSize?: number;
};

const awaitMs = 1_000;
const pollMs = 2;

/** A connection of its own for one change stream. */
export async function watcherOf(options: DriverOptions) {
  const { store } = options;
  let cursor: Cursor | undefined;
  const run = (body: Body) => {
    if (body.aggregate) {
      return command(options, 'changes.aggregate', () => {
        const from = hexOf(body.pipeline![0]!.$changeStream!.startAtOperationTime);
        if (from < store.historyFrom) throw historyLost();
        let next = store.oplog.length;
        while (next > 0 && store.oplog[next - 1]!.time >= from) next -= 1;
        cursor = { next, epoch: store.epoch };
        return reply({});
      });
    }
    if (body.getMore) return getMore(options, () => cursor, body.batchSize ?? 1_000);
    return command(options, 'changes.kill', () => ({}));
  };
  return {
    db: { command: run },
    client: { startSession: () => ({ endSession: async () => {} }) },
    close: async () => {},
  };
}

const historyLost = () => serverError(286, 'the oplog no longer reaches back');

function getMore(options: DriverOptions, current: () => Cursor | undefined, batchSize: number) {
  const { caller, life, store, world } = options;
  const kind = `mongo ${store.name} changes.getMore`;
  return caller.call<object>({ life, server: store, kind }, (answer) => {
    const deadline = world.nowMs + awaitMs;
    const look = () => {
      const cursor = current();
      if (!cursor || cursor.epoch !== store.epoch || !life.alive) return answer(reply({}));
      if (cursor.next < store.oplog.length && store.oplog[cursor.next]!.time < store.historyFrom) throw historyLost();
      if (world.nowMs >= deadline && world.chance.hits(0.5)) store.noop();
      const { oplog, majority } = store;
      const batch = [];
      while (batch.length < batchSize && cursor.next < oplog.length && oplog[cursor.next]!.tick <= majority) {
        batch.push(oplog[cursor.next]!);
        cursor.next += 1;
      }
      if (batch.length === 0 && world.nowMs < deadline) {
        store.onNews(look, Math.max(pollMs, deadline - world.nowMs));
        return;
      }
      const isBehind = cursor.next < oplog.length && oplog[cursor.next]!.tick <= majority;
      const upTo = isBehind ? batch.at(-1)!.time : store.majorityTime;
      const nextBatch = batch.map(({ time, events }) => ({ clusterTime: timestamp(time), fullDocument: { events } }));
      answer(reply({ nextBatch, upTo }));
    };
    look();
  });
}

function reply({ nextBatch = [], upTo = '0'.repeat(16) }: { nextBatch?: object[]; upTo?: string }) {
  return { cursor: { id: mongo.Long.fromNumber(7), nextBatch, postBatchResumeToken: { _data: `82${upTo}` } } };
}

function hexOf(time: mongo.Timestamp): string {
  return (
    time.getHighBitsUnsigned().toString(16).padStart(8, '0') + time.getLowBitsUnsigned().toString(16).padStart(8, '0')
  );
}
