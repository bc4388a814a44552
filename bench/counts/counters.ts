// What the servers were asked to do, counted by the servers themselves: commands, bytes, documents, events. Counts do
// not depend on how fast the machine is, only (a little) on how many orders shared a batch.
import type { Redis } from 'ioredis';
import type { mongo } from 'mongoose';

export type Counts = {
  mongodbCommands: number;
  documentsInserted: number;
  documentsUpdated: number;
  mongodbBytes: number;
  redisCommands: number;
  redisBytes: number;
  events: number;
};

/** Commands of drivers' and our own looking around, which no order causes. */
const notCounted = new Set(['hello', 'isMaster', 'ping', 'serverStatus', 'buildInfo', 'saslStart', 'count']);

type ServerStatus = {
  metrics: { commands: Record<string, { total?: unknown }>; document: Record<'inserted' | 'updated', unknown> };
  network: Record<'bytesIn' | 'bytesOut', unknown>;
};

async function readMongod(admin: mongo.Db): Promise<Omit<Counts, 'redisCommands' | 'redisBytes' | 'events'>> {
  const { metrics, network } = (await admin.command({ serverStatus: 1 })) as unknown as ServerStatus;
  const totals = Object.entries(metrics.commands).filter(([name]) => !notCounted.has(name));
  return {
    mongodbCommands: totals.reduce((sum, [, { total }]) => sum + Number(total ?? 0), 0),
    documentsInserted: Number(metrics.document.inserted),
    documentsUpdated: Number(metrics.document.updated),
    mongodbBytes: Number(network.bytesIn) + Number(network.bytesOut),
  };
}

async function readRedis(redis: Redis): Promise<Pick<Counts, 'redisCommands' | 'redisBytes' | 'events'>> {
  const info = await redis.info('everything');
  const number = (pattern: RegExp) => Number(pattern.exec(info)?.[1] ?? 0);
  return {
    redisCommands: number(/^total_commands_processed:(\d+)/m),
    redisBytes: number(/^total_net_input_bytes:(\d+)/m) + number(/^total_net_output_bytes:(\d+)/m),
    events: number(/^cmdstat_xadd:calls=(\d+)/m),
  };
}

/** The counters as they are now; `admin` is MongoDB's admin database. */
export async function readCounts(admin: mongo.Db, redis: Redis): Promise<Counts> {
  return { ...(await readMongod(admin)), ...(await readRedis(redis)) };
}

/** Applies a function to every pair of figures. */
export function combine(a: Counts, b: Counts, by: (a: number, b: number) => number): Counts {
  const names = Object.keys(a) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, by(a[name], b[name])])) as Counts;
}
