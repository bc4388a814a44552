// I5, I6 and I8 in the public log, which is the consumer of every event there is: each tenant's sequence has no gap,
// each event is in it once, and every version of every aggregate is there.
import type { mongo } from 'mongoose';
import type { DatabaseNames, Reading, Row } from './installation.ts';
import type { Findings } from './violations.ts';

type Chunk = Row & { from: number; to: number; createdAt: Date; events: { id: string; body: string }[] };
type LoggedEvent = {
  id: string;
  source: string;
  subject: string;
  aggregateversion: number;
  sequence: number;
  time: string;
};
type Versioned = Row & { version: number };

/** Services whose documents publish one event per version. */
const publishers = ['orders', 'inventory', 'catalog', 'auth'] as const;
/**
 * Evented, but not every version is an event: a sign-in and a new key are none, only their end is; nor is a page that a
 * reconciliation has looked at, only the drift that it found; nor what a job does within a second, or with its file.
 */
const exempt: ReadonlySet<string> = new Set([
  'auth.sessions',
  'auth.api_keys',
  'catalog.imports',
  'catalog.exports',
  'inventory.reconciliations',
]);

export type LogCounts = { tenants: number; events: number; longestDelayMs: number };

/** Reads every tenant's log and every version of every evented document. */
export async function checkPublicLog(
  reading: Reading,
  findings: Findings,
  forgedSubjects: ReadonlySet<string>,
): Promise<LogCounts> {
  const heads = new Map<string, number>();
  for await (const head of reading.rows<Row & { sequence: number }>('realtime', 'log_heads')) {
    heads.set(head.tenantId, head.sequence);
  }
  const logs = new Map<string, TenantLog>();
  const options = { sort: { tenantId: 1, to: 1 }, projection: {} };
  for await (const chunk of reading.rows<Chunk>('realtime', 'log', options)) {
    const log = logs.get(chunk.tenantId) ?? createTenantLog(chunk.tenantId, findings);
    logs.set(chunk.tenantId, log);
    log.take(chunk);
  }
  for (const [tenantId, head] of heads) {
    const end = logs.get(tenantId)?.end ?? 0;
    if (head !== end) {
      const detail = `the head is at ${head}, the log ends at ${end}`;
      findings.add({ invariant: 'I8', kind: 'log.head', tenantId, id: tenantId, detail });
    }
  }
  for (const service of publishers) {
    for (const collection of await eventedCollections(reading.db(service))) {
      if (exempt.has(`${service}.${collection}`)) continue;
      await checkVersions(reading, service, collection, logs, findings);
    }
  }
  checkStrangers(logs, forgedSubjects, findings);
  const all = [...logs.values()];
  return {
    tenants: logs.size,
    events: all.reduce((sum, log) => sum + log.events, 0),
    longestDelayMs: all.reduce((most, log) => Math.max(most, log.longestDelayMs), 0),
  };
}

/** Those whose documents carry events, found in the data: a new one is checked without being named here. */
async function eventedCollections(db: mongo.Db): Promise<string[]> {
  const evented: string[] = [];
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    const document = await db.collection(name).findOne({}, { projection: { 'events.id': 1 } });
    if (Array.isArray(document?.events)) evented.push(name);
  }
  return evented.sort();
}

type TenantLog = ReturnType<typeof createTenantLog>;

function createTenantLog(tenantId: string, findings: Findings) {
  const ids = new Set<string>();
  /** By publisher and subject: an order and its reservation have one id. */
  const versions = new Map<string, number[]>();
  const report = (invariant: 'I6' | 'I8', kind: string, id: string, detail: string) =>
    findings.add({ invariant, kind, tenantId, id, detail });
  const log = {
    end: 0,
    events: 0,
    longestDelayMs: 0,
    versions,
    take(chunk: Chunk) {
      const { _id, from, to, events } = chunk;
      if (from !== log.end + 1) report('I8', 'log.gap', _id, `${from} comes after ${log.end}`);
      if (events.length !== to - from + 1)
        report('I8', 'log.gap', _id, `${events.length} events from ${from} to ${to}`);
      for (const [n, { id, body }] of events.entries()) {
        const event = JSON.parse(body) as LoggedEvent;
        if (event.sequence !== from + n) report('I8', 'log.sequence', id, `is ${event.sequence} at ${from + n}`);
        if (ids.has(id) || event.id !== id) report('I6', 'log.twice', id, `again at ${from + n}`);
        ids.add(id);
        const key = subjectKey(event.source, event.subject);
        const known = versions.get(key);
        if (known) known.push(event.aggregateversion);
        else versions.set(key, [event.aggregateversion]);
        log.longestDelayMs = Math.max(log.longestDelayMs, chunk.createdAt.getTime() - Date.parse(event.time));
      }
      log.events += events.length;
      log.end = to;
    },
  };
  return log;
}

const subjectKey = (source: string, subject: string) => `${source} ${subject}`;

/** Every version of a document has its event, and no event has a version that the document never had. */
async function checkVersions(
  reading: Reading,
  service: keyof DatabaseNames,
  collection: string,
  logs: ReadonlyMap<string, TenantLog>,
  findings: Findings,
): Promise<void> {
  const projection = { tenantId: 1, version: 1 };
  for await (const { _id: id, version, ...row } of reading.rows<Versioned>(service, collection, { projection })) {
    const tenantId = row.tenantId ?? id;
    const key = subjectKey(`/holdfast/${service}`, id);
    const versions = logs.get(tenantId)?.versions;
    const logged = new Set(versions?.get(key));
    versions?.delete(key);
    const missing: number[] = [];
    for (let n = 1; n <= version; n += 1) if (!logged.has(n)) missing.push(n);
    const report = (kind: string, detail: string) => findings.add({ invariant: 'I5', kind, tenantId, id, detail });
    if (missing.length > 0) {
      report('event.missing', `${collection}: ${missing.slice(0, 5).join(', ')} of ${version} versions not in the log`);
    }
    const ahead = [...logged].filter((n) => n > version);
    if (ahead.length > 0) report('event.ahead', `${collection}: the log has ${ahead.join(', ')}, it is at ${version}`);
  }
}

/** What is left after all documents were compared: events of documents that do not exist. */
function checkStrangers(logs: ReadonlyMap<string, TenantLog>, forged: ReadonlySet<string>, findings: Findings): void {
  const compared = new Set(publishers.map((service) => `/holdfast/${service}`));
  compared.delete('/holdfast/auth');
  for (const [tenantId, { versions }] of logs) {
    for (const key of versions.keys()) {
      const [source = '', id = ''] = key.split(' ');
      if (!compared.has(source) || forged.has(id)) continue;
      findings.add({ invariant: 'I5', kind: 'event.no_document', tenantId, id, detail: `told of by ${source}` });
    }
  }
}
