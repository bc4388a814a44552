// How many messages a client may send: a bucket that fills at a steady rate up to a burst.
// Pure but for the time that it is given.
export type MessageBudget = {
  /** Takes one message at this time in milliseconds; false when the budget is used up. */
  take(nowMs: number): boolean;
};

/** A full bucket. */
export function createMessageBudget(burstMax: number, perSecond: number, nowMs: number): MessageBudget {
  let left = burstMax;
  let filledMs = nowMs;
  return {
    take(now) {
      left = Math.min(burstMax, left + ((now - filledMs) / 1_000) * perSecond);
      filledMs = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
