// Counts requests in windows: in the cache Redis, shared by all gateways; in this process alone while Redis is down.
// Invariant: a limit always applies. Redis being down makes it looser (per process), never absent, and never slow.
import type { Redis } from '@holdfast/shared/redis';
import { systemClock, withTimeout } from '@holdfast/shared/values';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { localWindowCountMax, rateStorePauseMs, rateStoreTimeoutMs } from '../limits.ts';

export type Budget = { name: string; quota: number; windowSeconds: number };
/** How many were counted in the window with this one, and how long it still lasts in milliseconds. */
export type Counted = { count: number; leftMs: number };
export type WindowStore = {
  count(key: string, budget: Budget): Promise<Counted>;
  /** Counts one less in a window that goes on. */
  giveBack(key: string, budget: Budget): Promise<void>;
};

/** Windows in this process's memory; beyond `countMax` the oldest are forgotten. */
export function localWindows(
  now: () => number = Date.now,
  countMax = localWindowCountMax,
): WindowStore & { size(): number } {
  const windows = new Map<string, { count: number; endsMs: number }>();
  return {
    size: () => windows.size,
    async count(key, { windowSeconds }) {
      const nowMs = now();
      let window = windows.get(key);
      if (!window || window.endsMs <= nowMs) {
        windows.delete(key);
        if (windows.size >= countMax) windows.delete(windows.keys().next().value!);
        window = { count: 0, endsMs: nowMs + windowSeconds * 1_000 };
        windows.set(key, window);
      }
      window.count += 1;
      return { count: window.count, leftMs: window.endsMs - nowMs };
    },
    async giveBack(key) {
      const window = windows.get(key);
      if (window && window.count > 0) window.count -= 1;
    },
  };
}

type Consumed = { consumedPoints: number; msBeforeNext: number };

function isConsumed(answer: unknown): answer is Consumed {
  return typeof answer === 'object' && answer !== null && 'consumedPoints' in answer;
}

/** Windows in Redis; each call throws when Redis does not answer within 200 ms. */
function redisWindows(redis: Redis): WindowStore {
  const limiters = new Map<string, RateLimiterRedis>();
  const limiterOf = ({ name, quota, windowSeconds }: Budget) => {
    const policy = `${name} ${quota} ${windowSeconds}`;
    let limiter = limiters.get(policy);
    if (!limiter) {
      limiter = new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: '',
        points: quota,
        duration: windowSeconds,
        rejectIfRedisNotReady: true,
      });
      limiters.set(policy, limiter);
    }
    return limiter;
  };
  return {
    async count(key, budget) {
      // A refusal is a rejection with the same answer.
      const asked = limiterOf(budget)
        .consume(key)
        .catch((refusal: unknown) => {
          if (isConsumed(refusal)) return refusal;
          throw refusal;
        });
      const { consumedPoints, msBeforeNext } = await withTimeout(systemClock, rateStoreTimeoutMs, asked, tookTooLong);
      return { count: consumedPoints, leftMs: msBeforeNext };
    },
    async giveBack(key, budget) {
      await withTimeout(systemClock, rateStoreTimeoutMs, limiterOf(budget).reward(key), tookTooLong);
    },
  };
}

function tookTooLong(): never {
  throw new Error('the cache Redis does not answer');
}

/** Redis, or this process alone for a second after each failure. `onOutage` is called with each failure. */
export function createWindowStore(
  redis: Redis,
  onOutage: (error: unknown) => void,
): WindowStore & { isDown(): boolean } {
  const shared = redisWindows(redis);
  const local = localWindows();
  let downUntilMs = 0;
  return {
    isDown: () => performance.now() < downUntilMs,
    async count(key, budget) {
      if (performance.now() < downUntilMs) return local.count(key, budget);
      try {
        return await shared.count(key, budget);
      } catch (error) {
        downUntilMs = performance.now() + rateStorePauseMs;
        onOutage(error);
        return local.count(key, budget);
      }
    },
    async giveBack(key, budget) {
      // What was counted elsewhere meanwhile is one too many, and ends with its window.
      await (performance.now() < downUntilMs ? local : shared).giveBack(key, budget).catch(onOutage);
    },
  };
}
