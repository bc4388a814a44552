// Who may do what: the one table that the gateway, the services, the docs and user interfaces read.
// `:own` permissions reach only what belongs to the caller; `stock:availability` only the capped availability.
// Invariant: a permission keeps its place in the table, because tokens name permissions by their places: a new one is
// added at the end.
export const roles = ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF', 'CUSTOMER'] as const;
export type Role = (typeof roles)[number];

const table = {
  'tenant:manage': ['OWNER', 'ADMIN'],
  'tenant:close': ['OWNER'],
  'api-keys:manage': ['OWNER', 'ADMIN'],
  'webhooks:manage': ['OWNER', 'ADMIN'],
  'roles:manage': ['OWNER', 'ADMIN'],
  'roles:grant-privileged': ['OWNER'],
  'users:read': ['OWNER', 'ADMIN', 'MANAGER'],
  'users:write': ['OWNER', 'ADMIN'],
  'users:write-privileged': ['OWNER'],
  'products:read': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF', 'CUSTOMER'],
  'products:write': ['OWNER', 'ADMIN', 'MANAGER'],
  'stock:read': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF'],
  'stock:availability': ['CUSTOMER'],
  'stock:adjust': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT'],
  'suppliers:read': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF'],
  'suppliers:write': ['OWNER', 'ADMIN', 'MANAGER'],
  'purchase-orders:read': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF'],
  'purchase-orders:write': ['OWNER', 'ADMIN', 'MANAGER'],
  'purchase-orders:receive': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF'],
  'orders:read': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF'],
  'orders:read:own': ['CUSTOMER'],
  'orders:create': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF'],
  'orders:create:own': ['CUSTOMER'],
  'orders:update': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT'],
  'orders:ship': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF'],
  'orders:cancel': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT'],
  'orders:cancel:own': ['CUSTOMER'],
  'returns:write': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT'],
  'returns:request:own': ['CUSTOMER'],
  'reports:read': ['OWNER', 'ADMIN', 'MANAGER'],
  'exports:create': ['OWNER', 'ADMIN', 'MANAGER'],
  'imports:create': ['OWNER', 'ADMIN', 'MANAGER'],
  'profile:own': ['OWNER', 'ADMIN', 'MANAGER', 'SUPPORT', 'STAFF', 'CUSTOMER'],
  'locations:write': ['OWNER', 'ADMIN', 'MANAGER'],
  'stock:force': ['OWNER', 'ADMIN', 'MANAGER'],
  'reconciliations:run': ['OWNER', 'ADMIN'],
  'payment-providers:manage': ['OWNER', 'ADMIN'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof table;
export const permissions = Object.keys(table) as Permission[];
/** The roles that have each permission. */
export const permissionTable: Readonly<Record<Permission, readonly Role[]>> = table;

const byRole = new Map<Role, ReadonlySet<Permission>>(
  roles.map((role) => [role, new Set(permissions.filter((permission) => permissionTable[permission].includes(role)))]),
);

/** The permissions of a built-in role. */
export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return byRole.get(role) ?? new Set();
}

/** What stands for a role in the tokens of API keys; no role of a tenant can be called so. */
export const apiKeyRole = 'api-key:';

/** True for the name of a built-in role; every other one is a role of a tenant. */
export function isBuiltInRole(name: string): name is Role {
  return byRole.has(name as Role);
}

/** A permission for what is one's own, or for less to see, is part of the one for everything. */
const partOf: Partial<Record<Permission, Permission>> = {
  'stock:availability': 'stock:read',
  'orders:read:own': 'orders:read',
  'orders:create:own': 'orders:create',
  'orders:cancel:own': 'orders:cancel',
  'returns:request:own': 'returns:write',
};

/** True when who has these permissions may do what the permission is for. */
export function holds(held: ReadonlySet<string>, permission: Permission): boolean {
  const whole = partOf[permission];
  return held.has(permission) || (whole !== undefined && held.has(whole));
}

/** Permissions as a short text for tokens: bit n is the n-th of the table. */
export function packPermissions(held: Iterable<Permission>): string {
  const mask = [...held].reduce((bits, permission) => bits | (1n << BigInt(permissions.indexOf(permission))), 0n);
  return mask.toString(16);
}

/** The permissions of such a text; those that this release does not know are left out. Undefined when it is none. */
export function unpackPermissions(packed: string): ReadonlySet<Permission> | undefined {
  if (!/^[0-9a-f]{1,32}$/.test(packed)) return undefined;
  const mask = BigInt(`0x${packed}`);
  return new Set(permissions.filter((_, place) => (mask >> BigInt(place)) & 1n));
}
