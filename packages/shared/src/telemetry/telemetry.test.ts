import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { correlation, isTraceparent, newTraceparent, traceIdOf, withCorrelation } from './correlation.ts';
import { openLogOutput } from './log-output.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

describe('the log', () => {
  const canary = 'canary-7f3a';
  function logged(fields: object, message = 'something happened'): string {
    const lines: string[] = [];
    createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } }).info(fields, message);
    expect(lines).toHaveLength(1);
    return lines[0]!;
  }

  it.each([
    { password: canary },
    { body: { password: canary, owner: { password: canary, email: canary } } },
    { headers: { authorization: canary, cookie: canary, 'set-cookie': canary } },
    { answer: { accessToken: canary, refreshToken: canary } },
    { order: { note: canary, shippingAddress: { city: canary }, metadata: { a: canary } } },
    { config: { internalToken: canary } },
  ])('never holds a secret or a person: %j', (fields) => {
    expect(logged(fields)).not.toContain(canary);
  });

  it('drops and counts a line that cannot be written', async () => {
    // Open for reading only: every write fails.
    const descriptor = openSync(import.meta.filename, 'r');
    const destination = openLogOutput(descriptor, () => undefined);
    const log = createLogger({ service: 'test', destination });
    for (let n = 0; n < 3; n += 1) log.info({ n }, 'something happened');
    closeSync(descriptor);
    expect(await createMetrics('test').text()).toMatch(/holdfast_log_lines_dropped_total\{service="test"\} 3/);
  });

  it('stays one line, whatever a client sends', () => {
    expect(logged({ url: 'a\r\n{"level":"fatal"}' }).trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('correlation', () => {
  it('follows awaits and does not leak out', async () => {
    const inside = await withCorrelation({ correlationId: 'c1' }, async () => {
      await Promise.resolve();
      return correlation().correlationId;
    });
    expect([inside, correlation().correlationId]).toEqual(['c1', undefined]);
  });

  it('makes and reads W3C trace contexts', () => {
    const traceparent = newTraceparent();
    expect(isTraceparent(traceparent)).toBe(true);
    expect(traceIdOf(traceparent)).toMatch(/^[0-9a-f]{32}$/);
    for (const bad of [
      '',
      'x',
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      traceparent.toUpperCase(),
      `${traceparent}-x`,
    ]) {
      expect(isTraceparent(bad)).toBe(false);
    }
  });
});

describe('metrics', () => {
  it('counts by name, shares a name, and reads gauges when scraped', async () => {
    const metrics = createMetrics('test');
    let depth = 1;
    metrics.gauge('queue_depth', 'Waiting.', () => depth);
    metrics.count('refusals_total', 'Refusals.', 2, { reason: 'x' });
    metrics.count('refusals_total', 'Refusals.', 1, { reason: 'x' });
    metrics.gaugeBy('line_length', 'Waiting, by line.', 'line', () => ({ a: depth, b: 2 * depth }));
    depth = 5;
    const text = await metrics.text();
    expect(text).toMatch(/holdfast_refusals_total\{reason="x",service="test"\} 3/);
    expect(text).toMatch(/holdfast_queue_depth\{service="test"\} 5/);
    expect(text).toMatch(/holdfast_line_length\{line="a",service="test"\} 5/);
    expect(text).toMatch(/holdfast_line_length\{line="b",service="test"\} 10/);
  });

  it('keeps the number of kinds bounded', async () => {
    const metrics = createMetrics('test');
    const kinds = metrics.kinds('things_total', 'Things.');
    for (let n = 0; n < 300; n++) kinds.count(`kind-${n}`, 1);
    const text = await metrics.text();
    expect(text.match(/holdfast_things_total\{/g)).toHaveLength(201);
    expect(text).toMatch(/kind="other".*\} 100/);
  });
});
