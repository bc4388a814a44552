// How many documents MongoDB looked at for each that it returned, for the queries of one tenant,
// from MongoDB's profiler.
import type { mongo } from 'mongoose';

export type Reads = { queries: number; examined: number; returned: number };

type Profiled = { ns: string; docsExamined?: number; nreturned?: number; command?: unknown };

/** Runs `work` with the profiler on and tells what the queries that name `tenantId` have read. */
export async function profileReads(db: mongo.Db, tenantId: string, work: () => Promise<unknown>): Promise<Reads> {
  await db.command({ profile: 2 });
  try {
    const since = new Date();
    await work();
    const entries = await db
      .collection<Profiled>('system.profile')
      .find({ op: { $in: ['query', 'command', 'getmore'] }, ts: { $gte: since }, ns: { $not: /system\.profile$/ } })
      .toArray();
    // What runs by itself at that moment asks for other tenants, or for all.
    const own = entries.filter(({ command }) => JSON.stringify(command).includes(tenantId));
    const sum = (of: (entry: Profiled) => number) => own.reduce((total, entry) => total + of(entry), 0);
    return {
      queries: own.length,
      examined: sum(({ docsExamined = 0 }) => docsExamined),
      returned: sum(({ nreturned = 0 }) => nreturned),
    };
  } finally {
    await db.command({ profile: 0 });
  }
}
