/** Users in MongoDB. The password hash is read only by those who ask for it. */
import type { DomainEvent } from '@holdfast/shared/contracts';
import { storeEvents } from '@holdfast/shared/messaging';
import { type Database, tenantSchema } from '@holdfast/shared/persistence';
import { normaliseEmail } from '@holdfast/shared/values';
import mongoose, { type mongo } from 'mongoose';
import type { User, UserSecrets } from './user.ts';

type Row = Omit<User, 'id'> & UserSecrets & { _id: string; events: unknown[] };

export type UserStore = ReturnType<typeof userStore>;

/** The users of the running tenant. */
export function userStore(database: Database) {
  const model = database.connection.model<Row>('User', userRow(), 'users');
  const shown = { events: 0, passwordHash: 0, requestHash: 0 } as const;
  return {
    model,
    /** Adds a user with its events. Fails as a duplicate key if the tenant has this address or this id. */
    async add(user: User, secrets: UserSecrets, events: DomainEvent[], session?: mongo.ClientSession): Promise<void> {
      const { id, ...fields } = user;
      await model.create([{ _id: id, ...fields, ...secrets, events: storeEvents(events) }], { session });
    },
    async read(tenantId: string, id: string, session?: mongo.ClientSession): Promise<User | undefined> {
      const row = await model.findOne({ tenantId, _id: id }, shown, { session }).lean<Row>().exec();
      return row ? toUser(row) : undefined;
    },
    /** The user with this address, however it is spelled, and what is needed to check a password. */
    async findByEmail(tenantId: string, email: string): Promise<(User & UserSecrets) | undefined> {
      return withSecrets(
        await model
          .findOne({ tenantId, email: normaliseEmail(email) }, { events: 0 })
          .lean<Row>()
          .exec(),
      );
    },
    /** As read, with what is needed to tell whether a request is a repetition. */
    async readWithSecrets(tenantId: string, id: string): Promise<(User & UserSecrets) | undefined> {
      return withSecrets(await model.findOne({ tenantId, _id: id }, { events: 0 }).lean<Row>().exec());
    },
  };
}

function toUser(row: Row): User {
  const { _id, tenantId, email, name, role, status, version, createdAt } = row;
  return { id: _id, tenantId, email, name, role, status, version, createdAt };
}

function withSecrets(row: Row | null): (User & UserSecrets) | undefined {
  if (!row) return undefined;
  const { passwordHash, requestHash } = row;
  return { ...toUser(row), passwordHash, ...(requestHash ? { requestHash } : {}) };
}

function userRow(): mongoose.Schema<Row> {
  const schema = tenantSchema<Row>({
    email: { type: String, required: true },
    name: { type: String, required: true },
    role: { type: String, required: true },
    status: { type: String, required: true },
    passwordHash: { type: String, required: true },
    requestHash: { type: String },
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    events: { type: [mongoose.Schema.Types.Mixed], required: true },
  });
  schema.index({ tenantId: 1, email: 1 }, { unique: true });
  return schema;
}
