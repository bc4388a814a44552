// Reading documents of several tenants in one command: one branch per tenant, each pinned to it, as the driver guard demands.
type Key = { tenantId: string; id: string };
type Branch = { tenantId: string; _id: { $in: string[] } };

/** A filter that finds exactly these documents; keys must not be empty. */
export function idsByTenant(keys: Iterable<Key>): Branch | { $or: Branch[] } {
  const ids = new Map<string, Set<string>>();
  for (const { tenantId, id } of keys) {
    const group = ids.get(tenantId);
    if (group) group.add(id);
    else ids.set(tenantId, new Set([id]));
  }
  const branches = [...ids].map(([tenantId, group]) => ({ tenantId, _id: { $in: [...group] } }));
  return branches.length === 1 ? branches[0]! : { $or: branches };
}
