// The part of I6 that is about adjustments: each has moved what it says, and nothing twice.
import type { Row } from './installation.ts';
import type { Findings } from './violations.ts';

export type Adjustment = Row & {
  variantId: string;
  locationId: string;
  version: number;
  delta: number;
  /** What its movements add up to; older documents have moved their delta. */
  moved?: number;
  movementId?: string;
  waiting?: { difference: number };
};
type Adjusting = Row & { onHandDelta: number; reference: { id: string } };

/** Compares what moved for each adjustment with what it says; a version of one makes at most one movement. */
export function createAdjusted(findings: Findings) {
  const moved = new Map<string, { units: number; count: number; last: string }>();
  const report = ({ _id: id, tenantId }: Row, kind: string, detail: string) =>
    findings.add({ invariant: 'I6', kind, tenantId, id, detail });
  return {
    take(movement: Adjusting, known: Adjustment | undefined) {
      const { id } = movement.reference;
      if (known === undefined) return report(movement, 'movement.no_cause', `no adjustment ${id}`);
      const before = moved.get(id) ?? { units: 0, count: 0, last: '' };
      const count = before.count + 1;
      moved.set(id, { units: before.units + movement.onHandDelta, count, last: movement._id });
      if (count <= known.version) return;
      const detail = `adjustment ${id} is in version ${known.version}, this is movement ${count} of it`;
      report(movement, 'adjustment.moved_twice', detail);
    },
    finish(adjustments: Iterable<Adjustment>) {
      for (const { _id: id, tenantId, version, delta, moved: told = delta, movementId } of adjustments) {
        const { units, count, last } = moved.get(id) ?? { units: 0, count: 0, last: undefined };
        if (count > version || (units === told && last === movementId)) continue;
        const kind = count === 0 ? 'adjustment.no_movement' : 'adjustment.moved';
        const detail = `says ${told} by ${movementId}, its movements add up to ${units} and end with ${last}`;
        findings.add({ invariant: 'I6', kind, tenantId, id, detail });
      }
    },
  };
}
