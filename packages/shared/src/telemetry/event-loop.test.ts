import { createHistogram } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { readDelays } from './event-loop.ts';
import { createMetrics } from './metrics.ts';

const lookMs = 100;
/** Intervals between looks, in milliseconds. */
function looks(...intervals: number[]) {
  const histogram = createHistogram();
  for (const ms of intervals) histogram.record(Math.round(ms * 1e6));
  return histogram;
}

describe('the delay of the event loop', () => {
  it('is about 0 at rest, whatever the pace of looking', () => {
    const resting = readDelays(looks(...Array.from({ length: 200 }, (_, n) => lookMs + (n % 2))), lookMs);
    expect(Math.max(...Object.values(resting))).toBeLessThan(0.002);
  });

  it('is what comes on top of the pace', () => {
    const delays = readDelays(looks(...Array(95).fill(100), ...Array(5).fill(350)), lookMs);
    expect(delays['0.5']).toBeCloseTo(0, 2);
    expect(delays['0.99']).toBeCloseTo(0.25, 2);
    expect(delays['1']).toBeCloseTo(0.25, 2);
  });

  it('is 0 before the first look, and never less', () => {
    expect(Object.values(readDelays(looks(), lookMs))).toEqual([0, 0, 0, 0]);
    expect(Math.min(...Object.values(readDelays(looks(99), lookMs)))).toBe(0);
  });

  it('is the only metric of its kind', async () => {
    const text = await createMetrics('test').text();
    expect(text).not.toContain('nodejs_eventloop_lag');
    expect(text.match(/^holdfast_event_loop_delay_seconds\{quantile="[^"]+",service="test"\}/gm)).toHaveLength(4);
    expect(text).toContain('nodejs_eventloop_utilization');
  });
});
