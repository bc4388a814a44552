import { describe, expect, it } from 'vitest';
import { isOpen, newSession, revoke } from './session.ts';

const now = new Date('2026-11-22T10:00:00Z');
const opened = newSession({
  id: 'ses_1',
  tenantId: 'ten_1',
  userId: 'usr_1',
  device: { userAgent: '', address: '::1' },
  now,
});
const stamp = { now: new Date('2026-11-22T11:00:00Z'), newEventId: () => 'evt_1', cause: {} };

describe('a session', () => {
  it('is open from its start to its last moment', () => {
    expect(isOpen(opened, now)).toBe(true);
    expect(isOpen(opened, new Date(opened.expiresAt.getTime() - 1))).toBe(true);
    expect(isOpen(opened, opened.expiresAt)).toBe(false);
  });

  it('ends with an event that names nobody', () => {
    const ended = revoke(opened, 'logout', { ...stamp, cause: { correlationId: 'req_1' } });
    expect(ended?.session).toMatchObject({ status: 'revoked', reason: 'logout', version: 2, revokedAt: stamp.now });
    expect(ended?.events).toEqual([
      expect.objectContaining({
        id: 'evt_1',
        type: 'com.holdfast.session.revoked.v1',
        tenantid: 'ten_1',
        subject: 'ses_1',
        aggregateversion: 2,
        correlationid: 'req_1',
        data: { sessionId: 'ses_1', userId: 'usr_1', reason: 'logout', revokedAt: '2026-11-22T11:00:00.000Z' },
      }),
    ]);
    expect(isOpen(ended!.session, stamp.now)).toBe(false);
  });

  it('does not end twice', () => {
    const ended = revoke(opened, 'logout', stamp);
    expect(revoke(ended!.session, 'logout', stamp)).toBeUndefined();
  });
});
