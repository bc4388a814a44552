// Roles of tenants in MongoDB. Invariant: whoever gives a role to a user writes it in the same transaction, and whoever
// deletes it removes it in the transaction that saw nobody have it: of the two one decides again.
import {
  asSystem,
  type Database,
  defineCollection,
  field,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import mongoose from 'mongoose';
import { builtInRole, type CustomRole, type Role, revisionOf, roleKeyOf, toRole } from './role.ts';

const byName = { tenantId: 1, nameKey: 1 } as const;
const byChange = { updatedAt: 1, version: 1 } as const;

export const roles = defineCollection<CustomRole>({
  name: 'roles',
  holds: "A role of a tenant's own, beside the built-in ones.",
  fields: {
    name: field.text,
    nameKey: field.text,
    permissions: field.list(),
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
    creation: field.nullable(field.object()),
  },
  lists: [{ order: 'nameKey', unique: true }],
  indexes: [{ key: byChange, serves: 'the revocations of the last minutes, over all tenants' }],
});

export type RoleStore = ReturnType<typeof openRoles>;
/** A role whose tokens of before are dead. */
export type ChangedRole = { tenantId: string; role: string; roleVersion: number; changedAt: Date };

/** The roles of the running tenant. */
export function openRoles(database: Database) {
  const collection = openCollection(database, roles);
  const readByName = (tenantId: string, name: string, session?: Session) =>
    collection.findOne({ tenantId, nameKey: roleKeyOf(name) }, byName, { session });
  return {
    ...collection,
    /** The tenant's own role of this name, whatever its case. */
    readByName,
    /** A built-in role or one of the tenant by its exact name. */
    async find(tenantId: string, name: string, session?: Session): Promise<Role | undefined> {
      const builtIn = builtInRole(name);
      if (builtIn) return builtIn;
      const stored = await readByName(tenantId, name, session);
      return stored?.name === name ? toRole(stored) : undefined;
    },
    /** Writes the role, so that a deletion of the same moment decides again; false when there is none. */
    async hold(tenantId: string, name: string, session: Session): Promise<boolean> {
      const filter = { tenantId, nameKey: roleKeyOf(name) };
      const update = { $set: { heldBy: newId('req') } };
      return (await collection.native.updateOne(filter, update, { session, hint: byName })).matchedCount === 1;
    },
    async remove({ tenantId, id: _id, version }: CustomRole, session: Session): Promise<boolean> {
      return (await collection.native.deleteOne({ tenantId, _id, version }, { session })).deletedCount === 1;
    },
    count: (tenantId: string, session: Session) => collection.native.countDocuments({ tenantId }, { session }),
    /** Roles of all tenants that changed at or after this time, oldest first, at most `limit`. */
    async changedSince(since: Date, limit: number): Promise<ChangedRole[]> {
      const where = { updatedAt: mongoose.trusted({ $gte: since }), version: mongoose.trusted({ $gt: 1 }) };
      const found = await asSystem('revocations', () =>
        collection.find(where, { sort: byChange, index: byChange, limit }),
      );
      return found.map((changed) => {
        const { tenantId, name: role, updatedAt: changedAt } = changed;
        return { tenantId, role, roleVersion: revisionOf(changed), changedAt };
      });
    },
  };
}
