// Slots: how many requests may be in flight to a service, handed out tenant by tenant when there are more.
// Invariants: never more are held than there are; who waits has a bound in number and in time; a slot is given back
// once; one whose request only waits for a decision that does not come is lent to another.
import { DomainError } from '@holdfast/shared/errors';
import { type Clock, createFairQueue, systemClock } from '@holdfast/shared/values';
import { recentTenantMs, slotRetrySeconds } from '../limits.ts';
import { createRecentTenants } from './recent-tenants.ts';

export type SlotLimits = {
  /** Slots: requests in flight. */
  max: number;
  /** Of one tenant, while others ask for some as well. Default all. */
  tenantMax?: number;
  /** Requests that wait for one, altogether and of one tenant. */
  waitingMax: number;
  waitingTenantMax: number;
  /** The longest wait for a slot. Waits end from 3/4 of it on: what has come at once is not refused at once. */
  waitMs: number;
  /** A slot is given back after so long without an answer to its tenant, though its request goes on. */
  idleMs?: number;
};
export type Ask = {
  tenant: string;
  cost: number;
  /** Aborts when the client has gone; asked for only by who has to wait. */
  gone?: () => AbortSignal;
};
export type Slots = {
  /** A slot, and how to give it back once the answer is there. Rejects with `busy`. */
  take(ask: Ask): Promise<() => void>;
  /** How many are held and how many requests wait for one. */
  held(): number;
  waiting(): number;
  limits: SlotLimits;
};

/** Different lengths of the longest wait. */
const spread = 16;
const busy = () => new DomainError('busy', { retryAfterSeconds: slotRetrySeconds });

/** All slots are free. */
export function createSlots(limits: SlotLimits, clock: Pick<Clock, 'after' | 'monotonicMs'> = systemClock): Slots {
  const { max, tenantMax = max, waitingMax, waitingTenantMax, waitMs, idleMs } = limits;
  const queue = createFairQueue<() => void>();
  const idle = idleMs === undefined ? undefined : createIdleWatch(idleMs, clock);
  const recent = createRecentTenants(recentTenantMs, clock);
  const heldBy = new Map<string, number>();
  let held = 0;
  let waited = 0;

  function add(tenant: string, change: 1 | -1): void {
    const own = (heldBy.get(tenant) ?? 0) + change;
    held += change;
    if (own > 0) heldBy.set(tenant, own);
    else heldBy.delete(tenant);
  }

  const mayHold = (tenant: string) =>
    held < max && ((heldBy.get(tenant) ?? 0) < tenantMax || !recent.hasOthers(tenant));

  /** Afterwards all are held, or only tenants wait that may hold no more. */
  function serve(): void {
    for (let next = queue.shift(mayHold); next; next = queue.shift(mayHold)) next();
  }

  function hold(tenant: string): () => void {
    add(tenant, 1);
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      add(tenant, -1);
      serve();
    };
    const answered = idle?.watch(tenant, release);
    return () => {
      answered?.();
      release();
    };
  }

  function queueFor({ tenant, cost }: Ask, gone: AbortSignal | undefined): Promise<() => void> {
    const number = waited++;
    if (gone?.aborted) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const refuse = () => {
        if (ticket.leave()) settle(() => reject(busy()));
      };
      const settle = (work: () => void) => {
        cancel();
        gone?.removeEventListener('abort', refuse);
        work();
      };
      const ticket = queue.push(() => settle(() => resolve(hold(tenant))), { tenant, cost });
      const cancel = clock.after(waitMs * (1 - (number % spread) / (4 * spread)), refuse);
      gone?.addEventListener('abort', refuse);
    });
  }

  return {
    async take(ask) {
      recent.add(ask.tenant);
      if (queue.sizeOf(ask.tenant) === 0 && mayHold(ask.tenant)) return hold(ask.tenant);
      if (queue.size() >= waitingMax || queue.sizeOf(ask.tenant) >= waitingTenantMax) throw busy();
      return queueFor(ask, ask.gone?.());
    },
    held: () => held,
    waiting: () => queue.size(),
    limits,
  };
}

/**
 * Tells which slots do nothing: those of tenants that have got no answer for `idleMs`. While answers come, a slot is
 * kept however long it takes, or a slow service would be sent ever more.
 */
function createIdleWatch(idleMs: number, clock: Pick<Clock, 'after' | 'monotonicMs'>) {
  const tenants = new Map<string, { held: number; answeredMs: number }>();
  return {
    /** Calls `release` when the slot does nothing; call what it returns when the answer is there. */
    watch(tenant: string, release: () => void): () => void {
      const own = tenants.get(tenant) ?? { held: 0, answeredMs: Number.NEGATIVE_INFINITY };
      own.held += 1;
      tenants.set(tenant, own);
      let cancel = clock.after(idleMs, look);
      function look(): void {
        const leftMs = own.answeredMs + idleMs - clock.monotonicMs();
        if (leftMs > 0) cancel = clock.after(leftMs, look);
        else release();
      }
      return () => {
        cancel();
        own.answeredMs = clock.monotonicMs();
        own.held -= 1;
        if (own.held === 0) tenants.delete(tenant);
      };
    },
  };
}
