// The small parts of the sockets: budgets, windows, places, rooms, origins.

import { randomBytes } from 'node:crypto';
import { permissionsOf } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { createCoalescer } from './coalesce.ts';
import { createLogCursors } from './log-cursor.ts';
import { createMessageBudget } from './message-budget.ts';
import { originCheck } from './origins.ts';
import { rememberGreatest } from './remembered.ts';
import { roomOfTopic, roomsOf } from './rooms.ts';

describe('message budget', () => {
  it('allows a burst, then the steady rate', () => {
    const budget = createMessageBudget(3, 2, 0);
    expect([0, 0, 0, 0].map((at) => budget.take(at))).toEqual([true, true, true, false]);
    expect(budget.take(500)).toBe(true);
    expect(budget.take(500)).toBe(false);
    expect([1e9, 1e9, 1e9, 1e9].map((at) => budget.take(at))).toEqual([true, true, true, false]);
  });
});

describe('coalescer', () => {
  it('keeps keys apart, and passes values through when too many keys are hot', () => {
    const sent: string[] = [];
    const coalescer = createCoalescer<string>({
      windowMs: 100,
      keysMax: 2,
      send: (value) => sent.push(value),
      clock: { after: () => () => {} },
    });
    for (const [key, value] of ['a1', 'b1', 'a2', 'c1', 'c2'].map((text) => [text[0]!, text] as const)) {
      coalescer.offer(key, value);
    }
    expect(sent).toEqual(['a1', 'b1', 'c1', 'c2']);
  });
});

describe('places in the log', () => {
  const cursors = createLogCursors('secret one', randomBytes);
  it('open for their tenant and secret only, also for large numbers', () => {
    for (const sequence of [1, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      expect(cursors.open('a', cursors.seal('a', sequence))).toBe(sequence);
    }
    const place = cursors.seal('a', 5);
    expect(cursors.open('b', place)).toBeUndefined();
    expect(createLogCursors('secret two', randomBytes).open('a', place)).toBeUndefined();
    for (const forged of [
      '',
      'x',
      `${place}A`,
      place.slice(2),
      (place.startsWith('A') ? 'B' : 'A') + place.slice(1),
      '5',
    ]) {
      expect(cursors.open('a', forged)).toBeUndefined();
    }
  });
  it('do not show their order: neighbours share nothing', () => {
    expect(cursors.seal('a', 1)).not.toBe(cursors.seal('a', 1));
  });
});

describe('remembered numbers', () => {
  it('only grow, and the key unused for longest is forgotten', () => {
    const known = rememberGreatest(2);
    expect([known.raise('a', 2), known.raise('a', 2), known.raise('a', 1), known.raise('a', 3)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    known.raise('b', 1);
    known.raise('a', 4);
    known.raise('c', 1);
    expect([known.get('a'), known.get('b'), known.get('c')]).toEqual([4, undefined, 1]);
  });
});

describe('rooms', () => {
  const listener = { tenantId: 'ten_1', userId: 'usr_1', sessionId: 'ses_1' };
  it('of a customer are never those of staff', () => {
    const customer = { ...listener, permissions: permissionsOf('CUSTOMER') };
    expect(roomsOf(customer)).toEqual(['tenant:ten_1', 'user:usr_1', 'session:ses_1', 'tenant:ten_1:user:usr_1']);
    const staff = roomsOf({ ...listener, permissions: permissionsOf('STAFF') });
    expect(staff).toEqual(expect.arrayContaining(['tenant:ten_1:staff', 'tenant:ten_1:staff:stock']));
    expect(roomOfTopic('order:ord_9', customer)).toBe('tenant:ten_1:order:ord_9:user:usr_1');
    expect(roomOfTopic('variant:staff', customer)).toBe('tenant:ten_1:variant:staff');
  });
  it('of a role of the business follow its permissions', () => {
    const rooms = (...permissions: string[]) => roomsOf({ ...listener, permissions: new Set(permissions) }).slice(3);
    expect(rooms('stock:read')).toEqual(['tenant:ten_1:user:usr_1', 'tenant:ten_1:staff:stock']);
    expect(rooms('orders:read')).toEqual(['tenant:ten_1:staff']);
    expect(rooms('products:read')).toEqual(['tenant:ten_1:user:usr_1']);
  });
  it('cannot be reached through an id: topics hold no separator', () => {
    const names = ['var_1', 'order', 'staff', 'user'].map((id) =>
      roomOfTopic(`variant:${id}`, { ...listener, permissions: permissionsOf('CUSTOMER') }),
    );
    expect(names.every((name) => name!.split(':').length === 4)).toBe(true);
  });
});

describe('origins', () => {
  it('are exact; pages of this machine only where allowed', () => {
    const strict = originCheck(['https://shop.example'], false);
    expect(strict('https://shop.example')).toBe(true);
    for (const origin of [
      'http://shop.example',
      'https://shop.example.evil.example',
      'https://shop.example:8443',
      'null',
      '',
      'http://localhost:8080',
    ]) {
      expect(strict(origin)).toBe(false);
    }
    const local = originCheck([], true);
    expect([local('http://localhost:5173'), local('http://127.0.0.1'), local('http://localhost.evil.example')]).toEqual(
      [true, true, false],
    );
  });
});
