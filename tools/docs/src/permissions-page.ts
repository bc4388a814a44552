// docs/permissions.md: which role has which permission, and which operation asks for which.
import {
  allOperations,
  customerAvailableMax,
  type Operation,
  permissions,
  permissionTable,
  roles,
} from '@holdfast/shared/contracts';
import { page, table } from './table.ts';

function accessOf({ access }: Operation): string {
  if (access === 'public') return 'no token';
  if (access === 'session') return 'any valid token';
  return access.map((permission) => `\`${permission}\``).join(' or ');
}

/** The page about permissions. */
export function permissionsPage(): string {
  const grants = permissions.map((permission) => [
    `\`${permission}\``,
    ...roles.map((role) => (permissionTable[permission].includes(role) ? 'x' : '')),
  ]);
  const operations = allOperations.map((operation) => [
    `\`${operation.operationId}\``,
    `\`${operation.method} ${operation.path.replace(/:([A-Za-z]+)/g, '{$1}')}\``,
    accessOf(operation),
  ]);
  return page(
    'Permissions',
    `A role is a fixed set of permissions. Those that end in \`:own\` reach only what belongs to the caller; \`stock:availability\` only the availability, capped at ${customerAvailableMax}.`,
    table(['permission', ...roles], grants),
    '## Operations',
    table(['operation', 'request', 'needs'], operations),
  );
}
