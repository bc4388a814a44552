// Remembering who opened which cursor.
// Invariant: getMore and killCursors reach only cursors that were opened in a scope which the present one covers.
import type { Scope } from '../context.ts';
import { cursorsRememberedMax } from '../limits.ts';
import { refuse } from '../refusal.ts';
import { type Fields, isFields } from './filter.ts';

// Without a scope only global collections can be read, so such a cursor holds nobody's data.
type Owner = Scope | 'global';

export interface CursorMemory {
  /** Refuses getMore and killCursors of somebody else's cursor; true if the command was one of the two. */
  check(command: string, fields: Fields, scope: Scope | undefined, requestId: number): boolean;
  /** Learns new and finished cursors from a reply. */
  learn(requestId: number, reply: unknown, scope: Scope | undefined): void;
  /** Forgets the request of a failed command. */
  forget(requestId: number): void;
  readonly size: number;
}

/** Creates an empty memory; bounded, the oldest cursor is forgotten first. */
export function rememberCursors(): CursorMemory {
  const owners = new Map<string, Owner>();
  const reading = new Map<number, string>();

  const remember = (id: string, owner: Owner): void => {
    owners.delete(id);
    owners.set(id, owner);
    const oldest = owners.size > cursorsRememberedMax ? owners.keys().next().value : undefined;
    if (oldest !== undefined) owners.delete(oldest);
  };

  return {
    check(command, fields, scope, requestId) {
      if (command === 'getMore') {
        const id = String(fields.getMore);
        if (!covers(scope, owners.get(id))) refuse('getMore: the cursor was opened in another scope');
        reading.set(requestId, id);
        return true;
      }
      if (command !== 'killCursors') return false;
      const ids = Array.isArray(fields.cursors) ? fields.cursors.map(String) : [];
      if (!ids.every((id) => covers(scope, owners.get(id)))) {
        refuse('killCursors: a cursor was opened in another scope');
      }
      for (const id of ids) owners.delete(id);
      return true;
    },
    learn(requestId, reply, scope) {
      const read = reading.get(requestId);
      if (read !== undefined) reading.delete(requestId);
      const cursor = isFields(reply) ? reply.cursor : undefined;
      if (!isFields(cursor)) return;
      const id = String(cursor.id);
      if (read !== undefined) {
        if (id === '0') owners.delete(read);
        return;
      }
      if (id !== '0') remember(id, scope ?? 'global');
    },
    forget(requestId) {
      reading.delete(requestId);
    },
    get size() {
      return owners.size;
    },
  };
}

function covers(scope: Scope | undefined, owner: Owner | undefined): boolean {
  if (scope?.kind === 'system') return true;
  if (owner === undefined) return false;
  if (owner === 'global') return true;
  if (scope === undefined || owner.kind === 'system') return false;
  const opened = owner.kind === 'tenant' ? [owner.tenantId] : owner.tenantIds;
  const held = scope.kind === 'tenant' ? new Set([scope.tenantId]) : scope.tenantIds;
  if (opened === held) return true;
  for (const tenantId of opened) if (!held.has(tenantId)) return false;
  return true;
}
