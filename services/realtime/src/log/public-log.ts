// The public log of each tenant: every event of every domain, numbered. Pure.
// Invariant: a tenant's sequence starts at 1 and has no gap; the order is that of the batch,
// so an aggregate's versions keep growing.
import { allEvents, type DomainEvent, variantSnapshot } from '@holdfast/shared/contracts';
import { chunkBytesMax, chunkEventsMax } from '../limits.ts';

/** The last number that a tenant's log has given; 0 for a new tenant. */
export type Head = { tenantId: string; sequence: number };
export type Chunk = { tenantId: string; from: number; to: number; events: DomainEvent[] };
export type Append = { chunks: Chunk[]; moves: { tenantId: string; from: number; to: number }[] };

const events = allEvents.filter(({ name }) => !name.endsWith('.snapshot'));
const domains = [...new Set(events.map(({ domain }) => domain))];

/** What belongs in the public log: every event but snapshots, which re-emit state for a resync and hold nothing new. */
export const publicEvents = { events, domains };
/** What is read: also the snapshots from which the states of variants are made good. */
export const readEvents = { events: [...events, variantSnapshot], domains };

const publicTypes = new Set(events.map(({ type }) => type));

/** True for an event that belongs in the public log. */
export function isPublic({ type }: Pick<DomainEvent, 'type'>): boolean {
  return publicTypes.has(type);
}

/** Numbers the events after each tenant's head and cuts them into documents. A tenant without a head starts at 1. */
export function appendToLog(events: readonly DomainEvent[], heads: readonly Head[]): Append {
  const byTenant = new Map<string, DomainEvent[]>();
  for (const event of events) {
    const known = byTenant.get(event.tenantid);
    if (known) known.push(event);
    else byTenant.set(event.tenantid, [event]);
  }
  const headOf = new Map(heads.map((head) => [head.tenantId, head.sequence]));
  const append: Append = { chunks: [], moves: [] };
  for (const [tenantId, own] of byTenant) {
    const from = headOf.get(tenantId) ?? 0;
    append.chunks.push(...chunksOf(tenantId, own, from));
    append.moves.push({ tenantId, from, to: from + own.length });
  }
  return append;
}

function chunksOf(tenantId: string, events: readonly DomainEvent[], head: number): Chunk[] {
  const chunks: Chunk[] = [];
  let open: Chunk | undefined;
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    const sequence = head + index + 1;
    const numbered = { ...event, sequence };
    const size = Buffer.byteLength(JSON.stringify(numbered));
    const repeated = open?.events.some((one) => one.id === event.id);
    if (!open || repeated || open.events.length >= chunkEventsMax || bytes + size > chunkBytesMax) {
      open = { tenantId, from: sequence, to: sequence, events: [] };
      chunks.push(open);
      bytes = 0;
    }
    open.events.push(numbered);
    open.to = sequence;
    bytes += size;
  }
  return chunks;
}
