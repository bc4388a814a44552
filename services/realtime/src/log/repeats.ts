// Events that come once more under another stream id: a copy that somebody wrote into a stream. Invariant: an event
// that is among the last of its tenant's log is not logged again. What is remembered of a tenant counts only while its
// head is where we left it; else another process has written, or our transaction did not commit,
// and it is read anew from the log.
import type { DomainEvent } from '@holdfast/shared/contracts';
import type { Head } from './public-log.ts';

/** An event and the entry that brought it: a batch that is tried again brings the same event in the same entry. */
export type Brought = { event: DomainEvent; entry: string };
type Known = { sequence: number; entryOf: Map<string, string> };

export type Repeats = {
  /** Those heads whose logs have to be read before `fresh` is asked. */
  unknown(heads: readonly Head[]): Head[];
  /** Takes in the last ids of a log, oldest first. */
  learn(head: Head, ids: readonly string[]): void;
  /** The events that are not in their tenants' logs, which are from now on taken to be in it. */
  fresh(brought: readonly Brought[]): DomainEvent[];
  /** Where a head will be once the transaction commits. */
  moved(head: Head): void;
};

/**
 * Remembers `perTenantMax` events of each tenant and `eventsMax` in all;
 * the tenant that was quiet for longest is forgotten first.
 */
export function rememberEvents({ perTenantMax, eventsMax }: { perTenantMax: number; eventsMax: number }): Repeats {
  const tenants = new Map<string, Known>();
  let count = 0;

  function forget(tenantId: string): void {
    count -= tenants.get(tenantId)?.entryOf.size ?? 0;
    tenants.delete(tenantId);
  }

  function add(entryOf: Known['entryOf'], id: string, entry: string): void {
    if (entryOf.has(id)) return;
    entryOf.set(id, entry);
    count += 1;
    if (entryOf.size <= perTenantMax) return;
    entryOf.delete(entryOf.keys().next().value!);
    count -= 1;
  }

  return {
    unknown: (heads) => heads.filter(({ tenantId, sequence }) => tenants.get(tenantId)?.sequence !== sequence),
    learn({ tenantId, sequence }, ids) {
      forget(tenantId);
      const known: Known = { sequence, entryOf: new Map() };
      tenants.set(tenantId, known);
      for (const id of ids) add(known.entryOf, id, '');
    },
    fresh(brought) {
      return brought.flatMap(({ event, entry }) => {
        const { entryOf } = tenants.get(event.tenantid)!;
        const known = entryOf.get(event.id);
        if (known !== undefined && known !== entry) return [];
        add(entryOf, event.id, entry);
        return [event];
      });
    },
    moved({ tenantId, sequence }) {
      const known = tenants.get(tenantId)!;
      known.sequence = sequence;
      tenants.delete(tenantId);
      tenants.set(tenantId, known);
      while (count > eventsMax && tenants.size > 1) forget(tenants.keys().next().value!);
    },
  };
}
