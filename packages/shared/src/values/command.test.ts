import { describe, expect, it } from 'vitest';
import { assertSameRequest, stampNow } from './command.ts';

describe('a stored request', () => {
  const stored = { requestHash: 'hash-1' };

  it('is the same when its hash is', () => {
    expect(() => assertSameRequest(stored, { requestHash: 'hash-1' })).not.toThrow();
  });

  it.each([
    ['another one', stored, 'hash-2'],
    ['what was created without a key', null, 'hash-1'],
    ['nothing', undefined, 'hash-1'],
    ['what has no hash', {}, 'hash-1'],
  ])('is refused when it is %s', (_name, found, requestHash) => {
    expect(() => assertSameRequest(found, { requestHash })).toThrow(
      expect.objectContaining({ code: 'idempotency_key_reused' }),
    );
  });
});

it('a stamp has one time, and a new event id with each call', () => {
  const now = new Date(0);
  const stamp = stampNow({ now: () => now }, { correlationId: 'req_1' });
  expect(stamp).toMatchObject({ now, cause: { correlationId: 'req_1' } });
  expect(stamp.newEventId()).not.toBe(stamp.newEventId());
});
