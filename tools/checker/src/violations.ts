// What a check found. Invariant: a check never throws for what it finds,
// and one that cannot look says so as a violation.
import { violationsKeptMax } from './limits.ts';

/** The invariants that are checked here, as docs/reliability.md numbers them. */
export const invariants = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I8', 'I9'] as const;
export type Invariant = (typeof invariants)[number];

export type Violation = {
  invariant: Invariant;
  /** What kind of violation, the same for all of its kind: `level.gap`. */
  kind: string;
  tenantId: string;
  /** The document, key or entry at fault. */
  id: string;
  detail: string;
};

export type Findings = {
  add(violation: Violation): void;
  /** At most 200 of each invariant. */
  readonly list: readonly Violation[];
  /** All of them, by invariant. */
  readonly counts: Readonly<Record<Invariant, number>>;
};

/** An empty list of findings. */
export function createFindings(): Findings {
  const list: Violation[] = [];
  const counts = Object.fromEntries(invariants.map((invariant) => [invariant, 0])) as Record<Invariant, number>;
  return {
    list,
    counts,
    add(violation) {
      counts[violation.invariant] += 1;
      if (counts[violation.invariant] <= violationsKeptMax) list.push(violation);
    },
  };
}

/** Runs a check; when it fails to look, that is a violation of the invariant it was to check. */
export async function look(findings: Findings, invariant: Invariant, name: string, check: () => Promise<void>) {
  try {
    await check();
  } catch (error) {
    findings.add({ invariant, kind: 'not_checked', tenantId: '-', id: name, detail: String(error) });
  }
}

/** One line for people. */
export function describeViolation({ invariant, kind, tenantId, id, detail }: Violation): string {
  return `${invariant} ${kind} ${id} (tenant ${tenantId}): ${detail}`;
}
