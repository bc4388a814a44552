import { describe, expect, it } from 'vitest';
import { newUser } from '../users/user.ts';
import { isGood, newMailedToken, readMailedToken, spent, storedToken } from './mail-token.ts';

const tenantId = `ten_${'a'.repeat(26)}`;
const made = newMailedToken(tenantId, Buffer.alloc(32, 7));
const now = new Date(1_000_000);
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const sam = {
  ...newUser({ id: 'usr_1', tenantId, email: 'sam@fjord.example', name: 'Sam Ruiz', role: 'STAFF' }, now),
  passwordHash: 'hash',
};
const store = (user = sam, kind: 'password_reset' | 'invitation' = 'password_reset') =>
  storedToken({ user, kind, hash: made.hash }, { former: undefined, now });

describe('a mailed token', () => {
  it('names its tenant; what is stored of it is of no use', () => {
    expect(readMailedToken(made.text)).toEqual({ tenantId, hash: made.hash });
    expect(made.text).toMatch(/^[A-Za-z0-9._-]+$/);
    expect(JSON.stringify(store())).not.toMatch(/BwcHBwcH|sam@/);
  });

  it.each([
    ['a refresh token', made.text.replace('hfm.', 'hfr.')],
    ['something behind it', `${made.text}x`],
    ['a line behind it', `${made.text}\n`],
    ['another form of a tenant', made.text.replace('ten_a', 'ten_1')],
    ['nothing', ''],
  ])('is not %s', (_name, text) => {
    expect(readMailedToken(text)).toBeUndefined();
  });

  it('of another tenant is another token', () => {
    const moved = made.text.replace(tenantId, `ten_${'b'.repeat(26)}`);
    expect(readMailedToken(moved)!.hash).not.toBe(made.hash);
  });

  it('takes the place of the former one of its kind', () => {
    const former = spent(store(), now);
    const next = storedToken({ user: sam, kind: 'password_reset', hash: 'other' }, { former, now });
    expect(next).toMatchObject({ id: former.id, version: former.version + 1 });
    expect(next.usedAt).toBeUndefined();
    expect(store(sam, 'invitation').id).not.toBe(former.id);
  });

  it('works until it is used or expires', () => {
    expect(isGood(store(), sam, later(29))).toBe(true);
    expect(isGood(store(), sam, later(30))).toBe(false);
    expect(isGood(spent(store(), now), sam, now)).toBe(false);
  });

  it.each([
    ['another password', { passwordHash: 'other' }],
    ['another address', { email: 'sam@ortiz.example' }],
    ['no account any more', { status: 'deleted' as const }],
    ['a disabled account', { status: 'disabled' as const }],
    ['an account that is only invited', { status: 'invited' as const }],
  ])('does not work for a user with %s', (_name, change) => {
    expect(isGood(store(), { ...sam, ...change }, now)).toBe(false);
  });

  it('works for a user with another name or role', () => {
    expect(isGood(store(), { ...sam, name: 'S', role: 'SUPPORT', version: 2 }, now)).toBe(true);
  });

  it('of an invitation works for who is invited only', () => {
    const invited = { ...sam, passwordHash: undefined, status: 'invited' as const };
    const token = storedToken({ user: invited, kind: 'invitation', hash: made.hash }, { former: undefined, now });
    expect(isGood(token, invited, later(60))).toBe(true);
    expect(isGood(token, { ...invited, status: 'disabled' }, now)).toBe(false);
    expect(isGood(token, { ...invited, passwordHash: 'h', status: 'active' }, now)).toBe(false);
  });
});
