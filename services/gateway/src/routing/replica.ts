// The circuit breaker of one address of a service. Invariants: a replica that does not accept connections, or answers
// neither requests nor a probe, gets no request (open) until it answers a probe (half open, then closed); one that is
// only slow at what it was asked stays in use. Time is counted in looks, so that an event loop of ours that is late
// does not pass for a replica that is hung.
import { replicaProbeLooks, replicaSilentLooks } from '../limits.ts';

export type ReplicaState = 'closed' | 'open' | 'half_open';
/** One request at the replica. */
export type Exchange = {
  /** It is being sent; `abort` breaks it off. */
  onStart(abort: (reason: Error) => void): void;
  /** The replica has begun to answer. */
  onAnswer(): void;
  breakOff(reason: Error): void;
  end(): void;
};
export type Replica = {
  url: string;
  state(): ReplicaState;
  /** True when it accepts connections, and answered no probe in time. */
  isHung(): boolean;
  /** A connection was not accepted; `atOnce` when that took no time. */
  refused(atOnce: boolean): void;
  /** True when a request may try it where no other is left: it is answered or refused at once. */
  mayBeTried(): boolean;
  begin(): Exchange;
  /** Called at a steady pace: probes a replica that is silent or was passed over. */
  look(): void;
  /** Fails what is in flight with the code REPLICA_HUNG. */
  breakOff(): void;
};
/** Resolves when the replica answers; rejects when it does not, at the latest when the signal aborts. */
export type Probe = (signal: AbortSignal) => Promise<unknown>;

const hung = () => Object.assign(new Error('the replica does not answer'), { code: 'REPLICA_HUNG' });

function createExchange(hooks: Pick<Exchange, 'onAnswer' | 'end'>): Exchange {
  let abort: ((reason: Error) => void) | undefined;
  let broken: Error | undefined;
  return {
    onAnswer: hooks.onAnswer,
    end: hooks.end,
    onStart(given) {
      abort = given;
      if (broken) given(broken);
    },
    breakOff(reason) {
      broken = reason;
      abort?.(reason);
    },
  };
}

/** A replica that is in use. */
export function createReplica(url: string, probe: Probe): Replica {
  let state: ReplicaState = 'closed';
  let isHung = false;
  let isRefusing = false;
  let looks = 0;
  let heardAt = 0;
  let probing: { since: number; stop: AbortController } | undefined;
  /** What is in flight, and at which look it was sent; oldest first. */
  const exchanges = new Map<Exchange, number>();

  /** Any answer, also a late one, is a sign of life. */
  function hear(): void {
    state = 'closed';
    isHung = false;
    isRefusing = false;
    heardAt = looks;
  }

  function isSilent(): boolean {
    const [oldest] = exchanges.values();
    return oldest !== undefined && looks - Math.max(oldest, heardAt) >= replicaSilentLooks;
  }

  async function ask(stop: AbortController): Promise<void> {
    probing = { since: looks, stop };
    try {
      await probe(stop.signal);
      hear();
    } catch {
      state = 'open';
      isHung = stop.signal.aborted;
      if (isHung) isRefusing = false;
    } finally {
      probing = undefined;
    }
  }

  return {
    url,
    state: () => state,
    isHung: () => isHung,
    refused(atOnce) {
      state = 'open';
      isRefusing = atOnce;
    },
    mayBeTried: () => state === 'closed' || isRefusing,
    begin() {
      const exchange = createExchange({
        onAnswer: hear,
        end: () => void exchanges.delete(exchange),
      });
      exchanges.set(exchange, looks);
      return exchange;
    },
    look() {
      looks += 1;
      if (probing) {
        if (looks - probing.since >= replicaProbeLooks) probing.stop.abort();
        return;
      }
      if (state === 'closed' && !isSilent()) return;
      if (state === 'open') state = 'half_open';
      void ask(new AbortController());
    },
    breakOff() {
      for (const exchange of exchanges.keys()) exchange.breakOff(hung());
    },
  };
}
