// A reconciliation: a look through all stock of a tenant, a second look at what seemed wrong, and what was repaired.
// Pure. Invariants: the document is the truth of how far it is; only what two looks have seen is a difference.
import { type DomainEvent, makeEvent, reconciliationDriftFound } from '@holdfast/shared/contracts';
import { type Cause, derivedId } from '@holdfast/shared/values';
import { differencesMax, repairKeysMax, suspectsMax } from '../limits.ts';
import { type Difference, keyOfDifference } from './difference.ts';

/** Where the orders that hold stock go on: in which status, behind which of them. */
export type PlaceOfOrders = { status: string; place?: { sort: string | number | null; id: string } | undefined };

/** One that people have asked for, and one of the platform's own, so that neither is in the other's way. */
export const slots = { people: 0, platform: 1 } as const;
export type Slot = (typeof slots)[keyof typeof slots];

/** Where the first look goes on; then what it suspects is checked again. */
export type Step =
  | { at: 'stock'; after?: string }
  | { at: 'orders'; after?: PlaceOfOrders }
  | { at: 'confirm'; done: number };

/** What the first look saw: enough to check again. */
export type Suspect = Pick<Difference, 'kind' | 'variantId' | 'levelId' | 'orderId'>;
export type Checked = { levels: number; movements: number; reservations: number; orders: number };

export type Reconciliation = {
  id: string;
  tenantId: string;
  status: 'running' | 'done' | 'failed';
  /** The user, or `system`. */
  requestedBy: string;
  /** Why somebody asked for it. */
  reason?: string | undefined;
  step: Step;
  checked: Checked;
  suspects: readonly Suspect[];
  /** False: there was so much to suspect that the rest was not looked at. */
  isComplete: boolean;
  differences: readonly Difference[];
  differenceCount: number;
  /** Why it failed. */
  failure?: string | undefined;
  /** Attempts of the current page that failed. */
  attempts: number;
  createdAt: Date;
  /** When the first look was over. */
  lookedAt?: Date | undefined;
  finishedAt?: Date | undefined;
  /** When somebody has to go on with it; undefined when it has ended. */
  dueAt?: Date | undefined;
  /** What it takes while it runs, and of which a tenant has one each; undefined when it has ended. */
  slot?: number | undefined;
  version: number;
  creation: { requestHash?: string | undefined };
  /** Requests to repair that came with a key, the newest last. */
  repairs?: readonly RepairKey[] | undefined;
};

/** A request to repair, by an id that derives from its key. */
export type RepairKey = { id: string; requestHash: string };

export type NewReconciliation = Pick<Reconciliation, 'id' | 'tenantId' | 'requestedBy' | 'reason' | 'creation'> & {
  slot: Slot;
};

export function newReconciliation(facts: NewReconciliation, now: Date): Reconciliation {
  return {
    ...facts,
    status: 'running',
    step: { at: 'stock' },
    checked: { levels: 0, movements: 0, reservations: 0, orders: 0 },
    suspects: [],
    isComplete: true,
    differences: [],
    differenceCount: 0,
    attempts: 0,
    createdAt: now,
    dueAt: now,
    version: 1,
  };
}

/** What one page of a look has come to. */
export type PageResult = { checked: Partial<Checked>; found: readonly Difference[]; next: Step | undefined };

/** After a page of the first look. Without a next page the second look follows, `confirmAfterMs` later. */
export function afterPage(
  before: Reconciliation,
  { checked, found, next }: PageResult,
  { now, confirmAfterMs, leaseMs }: { now: Date; confirmAfterMs: number; leaseMs: number },
): Reconciliation {
  const known = new Set(before.suspects.map((one) => keyOfDifference(one as Difference)));
  const fresh = found.filter((one) => !known.has(keyOfDifference(one))).map(suspectOf);
  const all = [...before.suspects, ...fresh];
  const isFull = all.length > suspectsMax;
  const sum = (name: keyof Checked) => before.checked[name] + (checked[name] ?? 0);
  const after = {
    ...before,
    version: before.version + 1,
    attempts: 0,
    suspects: all.slice(0, suspectsMax),
    isComplete: before.isComplete && !isFull,
    checked: {
      levels: sum('levels'),
      movements: sum('movements'),
      reservations: sum('reservations'),
      orders: sum('orders'),
    },
  };
  if (next !== undefined && !isFull) return { ...after, step: next, dueAt: new Date(now.getTime() + leaseMs) };
  const waits = after.suspects.length > 0;
  const dueAt = waits ? new Date(now.getTime() + confirmAfterMs) : now;
  return { ...after, step: { at: 'confirm', done: 0 }, lookedAt: now, dueAt };
}

function suspectOf({ kind, variantId, levelId, orderId }: Difference): Suspect {
  return {
    kind,
    ...(variantId === undefined ? {} : { variantId }),
    ...(levelId === undefined ? {} : { levelId }),
    ...(orderId === undefined ? {} : { orderId }),
  };
}

/** After a page of the second look: what it has seen again of what these suspects were is a difference. */
export function afterConfirming(
  before: Reconciliation,
  { suspects, found }: { suspects: readonly Suspect[]; found: readonly Difference[] },
  { now, leaseMs, cause }: { now: Date; leaseMs: number; cause: Cause },
): { after: Reconciliation; events: DomainEvent[] } {
  const keys = new Set(suspects.map((one) => keyOfDifference(one as Difference)));
  const again = found.filter((one) => keys.has(keyOfDifference(one)));
  const done = (before.step.at === 'confirm' ? before.step.done : 0) + suspects.length;
  const next = {
    ...before,
    version: before.version + 1,
    attempts: 0,
    differences: [...before.differences, ...again].slice(0, differencesMax),
    differenceCount: before.differenceCount + again.length,
    step: { at: 'confirm' as const, done },
  };
  if (done < before.suspects.length)
    return { after: { ...next, dueAt: new Date(now.getTime() + leaseMs) }, events: [] };
  const after: Reconciliation = {
    ...next,
    status: 'done',
    suspects: [],
    finishedAt: now,
    dueAt: undefined,
    slot: undefined,
  };
  return { after, events: after.differenceCount > 0 ? [driftEvent(after, now, cause)] : [] };
}

/** The same page again later; given up after too many attempts. */
export function postponed(
  before: Reconciliation,
  { now, afterMs, failure, attemptsMax }: { now: Date; afterMs: number; failure: string; attemptsMax: number },
): Reconciliation {
  const attempts = before.attempts + 1;
  const next = { ...before, version: before.version + 1, attempts };
  if (attempts < attemptsMax) return { ...next, dueAt: new Date(now.getTime() + afterMs) };
  return { ...next, status: 'failed', failure, suspects: [], finishedAt: now, dueAt: undefined, slot: undefined };
}

/** With what came of repairs, in the order of the differences. */
export function withRepairs(
  before: Reconciliation,
  repairs: readonly Difference['repair'][],
  key: RepairKey | undefined,
): Reconciliation {
  const differences = before.differences.map((one, n) => {
    const repair = repairs[n];
    return repair === undefined ? one : { ...one, repair };
  });
  const keys = key && [...(before.repairs ?? []), key].slice(-repairKeysMax);
  return { ...before, version: before.version + 1, differences, ...(keys ? { repairs: keys } : {}) };
}

function driftEvent(after: Reconciliation, now: Date, cause: Cause): DomainEvent {
  const { id: reconciliationId, tenantId, differenceCount: count, differences, version } = after;
  const newEventId = () => derivedId('evt', tenantId, reconciliationId, String(version));
  const kinds = [...new Set(differences.map(({ kind }) => kind))];
  return makeEvent(reconciliationDriftFound, after, { now, newEventId, cause }, { reconciliationId, count, kinds });
}
