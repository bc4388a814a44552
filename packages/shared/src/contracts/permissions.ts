// Who may do what: the one table that the gateway, the services, the docs and user interfaces read.
// `:own` permissions reach only what belongs to the caller; `stock:availability` only the capped availability.
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
  'suppliers:read': ['OWNER', 'ADMIN', 'MANAGER', 'STAFF'],
  'suppliers:write': ['OWNER', 'ADMIN', 'MANAGER'],
  'purchase-orders:read': ['OWNER', 'ADMIN', 'MANAGER', 'STAFF'],
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
