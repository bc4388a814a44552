// The transfers' part of I6: what the ledger moved for each of them is what its status says, at both of its locations.
import type { Row } from './installation.ts';
import type { Findings } from './violations.ts';

type Line = { variantId: string; quantity: number; received?: number };
export type Transfer = Row & { fromLocationId: string; toLocationId: string; status: string; lines: Line[] };
type Movement = Row & {
  variantId: string;
  locationId: string;
  onHandDelta: number;
  reference: { type: string; id: string };
};

const keyOf = (id: string, locationId: string, variantId: string) => `${id}\n${locationId}\n${variantId}`;

/** Takes the movements of transfers in any order, and compares in the end. */
export function createTransferCheck(transfers: ReadonlyMap<string, Transfer>, findings: Findings) {
  const moved = new Map<string, number>();
  return {
    take({ _id, tenantId, locationId, variantId, onHandDelta, reference: { id } }: Movement): void {
      if (transfers.get(id)?.tenantId !== tenantId) {
        findings.add({ invariant: 'I6', kind: 'movement.no_cause', tenantId, id: _id, detail: `no transfer ${id}` });
      }
      const key = keyOf(id, locationId, variantId);
      moved.set(key, (moved.get(key) ?? 0) + onHandDelta);
    },
    finish(): void {
      for (const { _id: id, tenantId, fromLocationId, toLocationId, status, lines } of transfers.values()) {
        for (const { variantId, quantity, received = 0 } of lines) {
          const left = status === 'SHIPPED' || status === 'RECEIVED' ? -quantity : 0;
          const at = (locationId: string) => moved.get(keyOf(id, locationId, variantId)) ?? 0;
          const [from, to] = [at(fromLocationId), at(toLocationId)];
          if (from === left && to === received) continue;
          const detail = `is ${status} and moved ${from} and ${to} of ${variantId}, not ${left} and ${received}`;
          findings.add({ invariant: 'I6', kind: 'transfer.moved', tenantId, id, detail });
        }
      }
    },
  };
}
