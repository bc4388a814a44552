// Makes a fresh mongod a one-node replica set and waits until it accepts writes. Works again on an existing data
// directory, also when the port has changed: a configuration that names another port is replaced by force.
import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import { readyPollMs } from './limits.ts';
import { isListening } from './ports.ts';
import { isOfGroup } from './process-table.ts';

export const replicaSetName = 'holdfast';

interface Admin {
  command(command: Record<string, unknown>): Promise<Record<string, unknown>>;
}

interface ReplicaSetConfig {
  version: number;
  members: { host: string }[];
}

const CODE_NOT_YET_INITIALIZED = 94;

/** The stored configuration, or undefined on a fresh data directory. */
async function readConfig(admin: Admin): Promise<ReplicaSetConfig | undefined> {
  try {
    const answer = await admin.command({ replSetGetConfig: 1 });
    return answer.config as ReplicaSetConfig;
  } catch (error) {
    if ((error as { code?: number }).code === CODE_NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
}

async function configure(admin: Admin, host: string): Promise<void> {
  const config = await readConfig(admin);
  const members = [{ _id: 0, host }];
  if (!config) {
    await admin.command({ replSetInitiate: { _id: replicaSetName, members } });
  } else if (config.members[0]?.host !== host) {
    await admin.command({ replSetReconfig: { ...config, version: config.version + 1, members }, force: true });
  }
}

/**
 * One look at the server: true when it is a writable primary under its present address, else it is helped along.
 * Another's server is left alone: its replica set must not be changed.
 */
async function isPrimary(host: string, pid: number): Promise<boolean> {
  // A client of its own for each look: one whose first connect failed does not recover.
  const client = new mongoose.mongo.MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 2_000,
    maxPoolSize: 1,
  });
  try {
    const admin = client.db('admin');
    const { pid: answering } = await admin.command({ serverStatus: 1, metrics: 0, wiredTiger: 0 });
    if (!isOfGroup(Number(answering), pid)) return false;
    const hello = await admin.command({ hello: 1 });
    if (hello.isWritablePrimary === true && hello.me === host) return true;
    if (hello.secondary !== true) await configure(admin, host);
    return false;
  } catch {
    // Between two states: the caller asks again until its time is over.
    return false;
  } finally {
    await client.close();
  }
}

/**
 * Resolves once the mongod of process group `pid` is a writable primary on this port; polls until the signal aborts.
 */
export async function waitForPrimary(port: number, signal: AbortSignal, pid: number): Promise<void> {
  while (!signal.aborted) {
    if ((await isListening(port)) && (await isPrimary(`127.0.0.1:${port}`, pid))) return;
    await delay(readyPollMs);
  }
}
