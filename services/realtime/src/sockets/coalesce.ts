// Coalesces a hot key: the first value passes at once, later ones wait for the end of a window,
// and only the latest is sent.
// Invariants: at most one value per key and window; the latest value is always sent in the end;
// an idle key takes no memory.
import type { Clock } from '@holdfast/shared/values';

export type Coalescer<T> = {
  offer(key: string, value: T): void;
  /** Sends nothing more. */
  stop(): void;
};

export type CoalescerOptions<T> = {
  windowMs: number;
  /** Keys within their window at once; values of further keys pass at once. */
  keysMax: number;
  send: (value: T) => void;
  clock: Pick<Clock, 'after'>;
};

/** A coalescer without open windows. */
export function createCoalescer<T>({ windowMs, keysMax, send, clock }: CoalescerOptions<T>): Coalescer<T> {
  const open = new Map<string, { waiting: { value: T } | undefined; cancel: () => void }>();

  function closeWindow(key: string): void {
    const window = open.get(key);
    if (!window) return;
    if (!window.waiting) {
      open.delete(key);
      return;
    }
    const { value } = window.waiting;
    window.waiting = undefined;
    window.cancel = clock.after(windowMs, () => closeWindow(key));
    send(value);
  }

  return {
    offer(key, value) {
      const window = open.get(key);
      if (window) {
        window.waiting = { value };
        return;
      }
      if (open.size < keysMax)
        open.set(key, { waiting: undefined, cancel: clock.after(windowMs, () => closeWindow(key)) });
      send(value);
    },
    stop() {
      for (const { cancel } of open.values()) cancel();
      open.clear();
    },
  };
}
