/** Tenants and users as their events tell them, for a resync. Sessions need none: who cares for them polls. */
import { makeEvent, tenantSnapshot, userSnapshot } from '@holdfast/shared/contracts';
import type { SnapshotOf } from '@holdfast/shared/messaging';
import { newId } from '@holdfast/shared/values';
import type { Tenant } from './tenants/tenant.ts';
import type { User } from './users/user.ts';

type Stored<T> = Omit<T, 'id'> & { _id: string };

const tenants: SnapshotOf<Omit<Stored<Tenant>, 'tenantId'> & { tenantId?: never }> = {
  collection: 'tenants',
  tell: ({ _id: tenantId, slug, currency, timeZone }, { version }) => ({
    event: makeEvent(tenantSnapshot, {
      id: newId('evt'),
      tenantId,
      subject: tenantId,
      version,
      time: new Date(),
      data: { tenantId, slug, currency, timeZone },
    }),
  }),
};

const users: SnapshotOf<Stored<User>> = {
  collection: 'users',
  tell: ({ _id: userId, tenantId, role }, { version }) => ({
    event: makeEvent(userSnapshot, {
      id: newId('evt'),
      tenantId,
      subject: userId,
      version,
      time: new Date(),
      data: { userId, role },
    }),
  }),
};

export const snapshots = [tenants, users] as const;
