// Which partition a tenant's events travel in. The hash and the count are part of the stream format: changing either is a new generation.
import { sha256 } from './ids.ts';

export const partitionCount = 16;

const known = new Map<string, number>();
const knownCountMax = 100_000;

/** The partition of a tenant, 0 to 15: the first 4 bytes of sha256(tenantId), big-endian, mod 16. */
export function partitionOf(tenantId: string): number {
  let partition = known.get(tenantId);
  if (partition === undefined) {
    if (known.size >= knownCountMax) known.clear();
    partition = sha256(tenantId).readUInt32BE(0) % partitionCount;
    known.set(tenantId, partition);
  }
  return partition;
}
