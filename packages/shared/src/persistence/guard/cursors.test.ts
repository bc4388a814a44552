import { expect, it } from 'vitest';
import type { Scope } from '../context.ts';
import { TenancyViolation } from '../errors.ts';
import { cursorsRememberedMax } from '../limits.ts';
import { rememberCursors } from './cursors.ts';

const a: Scope = { kind: 'tenant', tenantId: 'a' };
const reply = (id: number) => ({ cursor: { id, ns: 'shop.items', firstBatch: [] } });

it('forgets the oldest cursor beyond its bound, and refuses it then', () => {
  const memory = rememberCursors();
  for (let id = 1; id <= cursorsRememberedMax + 1; id += 1) memory.learn(id, reply(id), a);
  expect(memory.size).toBe(cursorsRememberedMax);
  expect(() => memory.check('getMore', { getMore: 1 }, a, 1)).toThrow(TenancyViolation);
  expect(memory.check('getMore', { getMore: 2 }, a, 2)).toBe(true);
});

it('keeps nothing of an exhausted, a killed or a failed cursor', () => {
  const memory = rememberCursors();
  memory.learn(1, reply(7), a);
  memory.check('getMore', { getMore: 7 }, a, 2);
  memory.learn(2, { cursor: { id: 0, nextBatch: [] } }, a);
  memory.learn(3, reply(8), a);
  memory.check('killCursors', { killCursors: 'items', cursors: [8] }, a, 4);
  memory.learn(5, reply(0), a);
  expect(memory.size).toBe(0);
});

it('lets every scope read a cursor that was opened without one', () => {
  const memory = rememberCursors();
  memory.learn(1, reply(7), undefined);
  expect(memory.check('getMore', { getMore: 7 }, undefined, 2)).toBe(true);
  expect(memory.check('getMore', { getMore: 7 }, a, 3)).toBe(true);
});

it('leaves other commands alone', () => {
  expect(rememberCursors().check('find', { find: 'items' }, undefined, 1)).toBe(false);
});
