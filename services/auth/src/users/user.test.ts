import { describe, expect, it } from 'vitest';
import {
  admitsSession,
  changePassword,
  deleteUser,
  endSessions,
  newUser,
  patchUser,
  sessionThatGoesOn,
  userCreatedEvent,
  verifyEmail,
} from './user.ts';

describe('a new user', () => {
  it('is active, and its event has neither name nor address', () => {
    const facts = {
      id: 'usr_1',
      tenantId: 'ten_1',
      email: 'Ida@Fjord.example',
      name: 'Ida Berg',
      role: 'STAFF' as const,
    };
    const stamp = { now: new Date(0), newEventId: () => 'evt_1', cause: {} };
    const user = newUser(facts, stamp.now);
    expect(user).toMatchObject({ email: 'ida@fjord.example', status: 'active', version: 1, createdAt: stamp.now });
    const event = userCreatedEvent(user, stamp);
    expect(event).toMatchObject({ type: 'com.holdfast.user.created.v1', data: { userId: 'usr_1', role: 'STAFF' } });
    expect(JSON.stringify(event)).not.toMatch(/ida|berg|fjord/i);
  });
});

const at = (seconds: number) => new Date(seconds * 1_000);
const stampAt = (seconds: number) => ({ now: at(seconds), newEventId: () => `evt_${seconds}`, cause: {} });
const sam = {
  ...newUser({ id: 'usr_1', tenantId: 'ten_1', email: 'sam@fjord.example', name: 'Sam Ruiz', role: 'STAFF' }, at(0)),
  passwordHash: 'hash',
};

describe('a changed user', () => {
  it('has one version and one event more, which names neither the person nor the address', () => {
    const { after, events } = patchUser(sam, { name: 'Sam Ortiz', email: ' SAM@ortiz.example' }, stampAt(1))!;
    expect(after).toMatchObject({ name: 'Sam Ortiz', nameKey: 'sam ortiz', email: 'sam@ortiz.example', version: 2 });
    expect(after).toMatchObject({ accessVersion: 1, createdAt: at(0), updatedAt: at(1) });
    expect(events).toMatchObject([{ type: 'com.holdfast.user.updated.v1', aggregateversion: 2 }]);
    expect(events[0]!.data).toEqual({ userId: 'usr_1', role: 'STAFF', status: 'active', accessVersion: 1 });
  });

  it('is no change when nothing differs', () => {
    expect(patchUser(sam, { name: 'Sam Ruiz', email: 'SAM@fjord.example', role: 'STAFF' }, stampAt(1))).toBeUndefined();
  });

  it.each([{ role: 'MANAGER' }, { status: 'disabled' }] as const)('with %o makes tokens of before invalid', (patch) => {
    const { after } = patchUser(sam, patch, stampAt(1))!;
    expect(after).toMatchObject({ ...patch, accessVersion: 2, accessChangedAt: at(1) });
    expect(sessionThatGoesOn(after)).toBeUndefined();
  });
});

describe('an invited user', () => {
  const { passwordHash: _, ...withoutPassword } = sam;
  const invited = { ...withoutPassword, status: 'invited' as const };

  it('says so in its event, and can have no session', () => {
    expect(userCreatedEvent(invited, stampAt(0)).data).toMatchObject({ status: 'invited' });
    expect(admitsSession(invited, { id: 'ses_1', createdAt: at(0) })).toBe(false);
  });

  it('becomes active with a password, and not without one', () => {
    expect(patchUser(invited, { status: 'active' }, stampAt(1))).toBeUndefined();
    const disabled = patchUser(invited, { status: 'disabled' }, stampAt(1))!.after;
    expect(patchUser(disabled, { status: 'active' }, stampAt(2))!.after.status).toBe('invited');
    expect(changePassword(disabled, 'hash', { stamp: stampAt(2) }).after.status).toBe('disabled');
    const { before, after, events } = changePassword(invited, 'hash', { stamp: stampAt(2) });
    expect(before).toBe(invited);
    expect(after).toMatchObject({ status: 'active', passwordHash: 'hash', version: 2 });
    expect(events[0]!.data).toMatchObject({ status: 'active', accessVersion: 2 });
  });
});

describe('an address', () => {
  it('is verified once, until there is another one', () => {
    const verified = verifyEmail(sam, stampAt(1))!.after;
    expect(verified).toMatchObject({ emailVerified: true, version: 2, accessVersion: 1 });
    expect(verifyEmail(verified, stampAt(2))).toBeUndefined();
    expect(patchUser(verified, { name: 'S' }, stampAt(2))!.after.emailVerified).toBe(true);
    expect(patchUser(verified, { email: 'sam@ortiz.example' }, stampAt(2))!.after.emailVerified).toBe(false);
  });
});

describe('sessions of a user', () => {
  const session = (seconds: number, id = 'ses_1') => ({ id, createdAt: at(seconds) });

  it('end with a new password, but for the one that has set it', () => {
    const { after, events } = changePassword(sam, 'other', { keptSessionId: 'ses_kept', stamp: stampAt(10) });
    expect(after).toMatchObject({ passwordHash: 'other', accessVersion: 2 });
    expect(events[0]!.data).toMatchObject({ accessVersion: 2, exceptSessionId: 'ses_kept' });
    expect([session(9), session(10), session(9, 'ses_kept')].map((one) => admitsSession(after, one))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('that goes on is told of as long as nothing else ends access, also after the user was stored and read', () => {
    const { after } = endSessions(sam, { keptSessionId: 'ses_kept', stamp: stampAt(10) });
    const stored = structuredClone(after);
    expect(patchUser(stored, { name: 'Sam' }, stampAt(11))!.events[0]!.data).toMatchObject({
      exceptSessionId: 'ses_kept',
    });
    const changed = patchUser(stored, { role: 'MANAGER' }, stampAt(12))!;
    expect(changed.events[0]!.data).not.toHaveProperty('exceptSessionId');
    expect(admitsSession(changed.after, session(9, 'ses_kept'))).toBe(true);
  });

  it('are over for who is disabled or deleted', () => {
    const disabled = patchUser(sam, { status: 'disabled' }, stampAt(1))!.after;
    const deleted = deleteUser(sam, stampAt(1))!;
    expect([disabled, deleted.after].map((user) => admitsSession(user, session(2)))).toEqual([false, false]);
    expect(deleted.after.email).not.toContain('@');
    expect(deleted.events).toMatchObject([{ type: 'com.holdfast.user.deleted.v1' }]);
    expect(deleteUser(deleted.after, stampAt(2))).toBeUndefined();
  });
});

it('a session that was decided on before all sessions ended is over, whenever it was stored', () => {
  const stamp = { now: new Date(1_000), newEventId: () => 'evt_1', cause: {} };
  const facts = { id: 'usr_1', tenantId: 'ten_1', email: 'a@b.example', name: 'A', role: 'STAFF' as const };
  const before = { ...newUser(facts, new Date(0)), passwordHash: 'h' };
  const { after } = changePassword(before, 'h2', { stamp });
  const storedLater = { id: 'ses_1', createdAt: new Date(2_000) };
  expect(admitsSession(after, { ...storedLater, userVersion: before.version })).toBe(false);
  expect(admitsSession(after, { ...storedLater, userVersion: after.version })).toBe(true);
  expect(admitsSession(after, storedLater)).toBe(true);
});
