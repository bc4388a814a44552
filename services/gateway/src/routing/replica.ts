// The circuit breaker of one address of a service. Invariants: a replica that does not accept connections, or neither
// answers requests nor a probe, gets no more requests (open) until a probe is answered (half open, then closed); one
// that is only slow at what it was asked stays in use.
import { replicaSilentMs } from '../limits.ts';

export type ReplicaState = 'closed' | 'open' | 'half_open';
/** One request at the replica. */
export type Exchange = {
  onStart(abort: (reason: Error) => void): void;
  onAnswer(): void;
  breakOff(reason: Error): void;
  end(): void;
};
export type Replica = {
  url: string;
  state(): ReplicaState;
  /** A connection was not accepted: nobody is there. */
  refused(): void;
  begin(): Exchange;
  /** To be called now and then: probes a replica that is silent or was passed over. Never rejects. */
  look(): Promise<void>;
  /** Fails what is in flight with the code REPLICA_HUNG. */
  breakOff(): void;
};

const hung = () => Object.assign(new Error('the replica does not answer'), { code: 'REPLICA_HUNG' });

/** A replica that is in use. `probe` rejects when it does not answer; `now` is in milliseconds. */
export function createReplica(url: string, probe: () => Promise<void>, now = () => performance.now()): Replica {
  let state: ReplicaState = 'closed';
  let heardMs = 0;
  let isProbing = false;
  /** Oldest first. */
  const exchanges = new Map<Exchange, number>();

  function isSilent(): boolean {
    const [oldestMs] = exchanges.values();
    return oldestMs !== undefined && now() - Math.max(oldestMs, heardMs) >= replicaSilentMs;
  }

  async function isAnswering(): Promise<boolean> {
    isProbing = true;
    try {
      await probe();
      return true;
    } catch {
      return false;
    } finally {
      isProbing = false;
    }
  }

  return {
    url,
    state: () => state,
    refused() {
      state = 'open';
    },
    begin() {
      let abort: ((reason: Error) => void) | undefined;
      let broken: Error | undefined;
      const exchange: Exchange = {
        onStart(given) {
          abort = given;
          if (broken) abort(broken);
        },
        onAnswer() {
          heardMs = now();
        },
        breakOff(reason) {
          broken = reason;
          abort?.(reason);
        },
        end: () => void exchanges.delete(exchange),
      };
      exchanges.set(exchange, now());
      return exchange;
    },
    async look() {
      if (isProbing || (state === 'closed' && !isSilent())) return;
      if (state === 'open') state = 'half_open';
      if (await isAnswering()) {
        state = 'closed';
        heardMs = now();
      } else state = 'open';
    },
    breakOff() {
      for (const exchange of exchanges.keys()) exchange.breakOff(hung());
    },
  };
}
