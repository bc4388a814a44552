// Permissions in tokens: each has a place that it keeps.
import { expect, it } from 'vitest';
import {
  holds,
  isBuiltInRole,
  packPermissions,
  permissions,
  permissionsOf,
  roles,
  unpackPermissions,
} from './permissions.ts';

const frozen = [
  'tenant:manage',
  'tenant:close',
  'api-keys:manage',
  'webhooks:manage',
  'roles:manage',
  'roles:grant-privileged',
  'users:read',
  'users:write',
  'users:write-privileged',
  'products:read',
  'products:write',
  'stock:read',
  'stock:availability',
  'stock:adjust',
  'suppliers:read',
  'suppliers:write',
  'purchase-orders:read',
  'purchase-orders:write',
  'purchase-orders:receive',
  'orders:read',
  'orders:read:own',
  'orders:create',
  'orders:create:own',
  'orders:update',
  'orders:ship',
  'orders:cancel',
  'orders:cancel:own',
  'returns:write',
  'returns:request:own',
  'reports:read',
  'exports:create',
  'imports:create',
  'profile:own',
];

it('keep their places: a new one comes at the end', () => {
  expect(permissions.slice(0, frozen.length)).toEqual(frozen);
});

it.each(roles)('of %s survive a token', (role) => {
  const held = permissionsOf(role);
  expect(unpackPermissions(packPermissions(held))).toEqual(held);
});

it('that a later release has added are left out', () => {
  const later = (1n << BigInt(permissions.length)) | 1n;
  expect(unpackPermissions(later.toString(16))).toEqual(new Set([permissions[0]]));
});

it.each(['', 'x', '-1', '0x1', 'f'.repeat(33)])('are not read from %j', (text) => {
  expect(unpackPermissions(text)).toBeUndefined();
});

it('for everything hold those for what is one’s own', () => {
  expect(holds(permissionsOf('STAFF'), 'orders:read:own')).toBe(true);
  expect(holds(permissionsOf('STAFF'), 'orders:cancel:own')).toBe(false);
  expect(holds(permissionsOf('CUSTOMER'), 'orders:read')).toBe(false);
  expect([isBuiltInRole('OWNER'), isBuiltInRole('owner'), isBuiltInRole('Buyer')]).toEqual([true, false, false]);
});
