// The outbox: mails in MongoDB, written in the transaction of what they tell of.
// Invariant: none is in a stream; what is closed has neither address nor token, and goes when it need not be counted.
import {
  asSystem,
  type Database,
  defineCollection,
  field,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { mailWindowMs } from '../limits.ts';
import { type Mail, mailKinds, mailStatuses } from './mail.ts';

const byUser = { tenantId: 1, userId: 1, status: 1, kind: 1, createdAt: 1 } as const;
const byRecipient = { tenantId: 1, kind: 1, recipient: 1, createdAt: 1 } as const;
const byKind = { tenantId: 1, kind: 1, createdAt: 1 } as const;
const byDueTime = { dueAt: 1 } as const;
const byExpiry = { expiresAt: 1 } as const;

export const mails = defineCollection<Mail>({
  name: 'mails',
  holds: 'A mail to send, its text sealed; deleted after its time.',
  fields: {
    userId: field.text,
    kind: field.oneOf(mailKinds),
    recipient: field.text,
    status: field.oneOf(mailStatuses),
    sealed: field.optional(field.object()),
    attempts: field.number,
    createdAt: field.date,
    dueAt: field.optional(field.date),
    expiresAt: field.optional(field.date),
    closedAt: field.optional(field.date),
    version: field.number,
  },
  defaults: () => ({ recipient: '' }),
  indexes: [
    { key: byUser, serves: 'the mails to a user that wait, of one kind or all' },
    { key: byRecipient, serves: 'how many mails of a kind went to a mailbox since a time' },
    { key: byKind, serves: 'how many mails of a kind a tenant has sent since a time' },
    { key: byDueTime, sparse: true, serves: 'the job that sends what is due, over all tenants' },
    { key: byExpiry, sparse: true, serves: 'the job that drops what came too late, over all tenants' },
    {
      key: { closedAt: 1 },
      sparse: true,
      expireAfterSeconds: mailWindowMs / 1_000,
      serves: 'the deletion of what is done',
    },
  ],
});

export type MailStore = ReturnType<typeof openMails>;
type MailTo = Pick<Mail, 'tenantId' | 'kind' | 'recipient'>;
export type MailsOf = Pick<Mail, 'tenantId' | 'userId' | 'kind'>;

/** The outbox of the running tenant; what is due is found over all tenants. */
export function openMails(database: Database) {
  const collection = openCollection(database, mails);
  const upTo = (now: Date) => mongoose.trusted({ $lte: now });
  return {
    add: (after: Mail, session: Session) => collection.insert([{ after }], session),
    /** How many mails of a kind went to a mailbox since then; counts to `limit`. */
    countTo: ({ tenantId, kind, recipient }: MailTo, since: Date, limit: number, session: Session): Promise<number> => {
      const where = { tenantId, kind, recipient, createdAt: { $gt: since } };
      return collection.native.countDocuments(where, { limit, session, hint: byRecipient });
    },
    /** How many mails of a kind a business had sent since then; counts to `limit`. */
    countOf: ({ tenantId, kind }: Omit<MailTo, 'recipient'>, since: Date, limit: number, session: Session) =>
      collection.native.countDocuments({ tenantId, kind, createdAt: { $gt: since } }, { limit, session, hint: byKind }),
    /** Stores a change of the version that was read; false when somebody else was faster. */
    save: async (before: Mail, after: Mail): Promise<boolean> => (await collection.save([{ before, after }])) === 1,
    /** As `save`, in a transaction; throws Conflict when somebody else was faster. */
    saveAll: (changes: { before: Mail; after: Mail }[], session: Session) => collection.saveAll(changes, session),
    /** Those of a kind that wait, whenever they were written. */
    listWaiting: ({ tenantId, userId, kind }: MailsOf, session: Session): Promise<Mail[]> =>
      collection.find({ tenantId, userId, kind, status: 'waiting' }, { sort: byUser, index: byUser, session }),
    /** Mails of all tenants that are to be tried, the longest due first. */
    listDue: (now: Date, limit: number): Promise<Mail[]> =>
      asSystem('mails', () => collection.find({ dueAt: upTo(now) }, { sort: byDueTime, index: byDueTime, limit })),
    /** Mails of all tenants that it is too late to send. */
    listExpired: (now: Date, limit: number): Promise<Mail[]> =>
      asSystem('mails', () => collection.find({ expiresAt: upTo(now) }, { sort: byExpiry, index: byExpiry, limit })),
    /** Closes all that a user would be sent: what is counted stays, without address and token. */
    async closeOf(
      { tenantId, userId }: Pick<Mail, 'tenantId' | 'userId'>,
      now: Date,
      session?: Session,
    ): Promise<void> {
      const closed = { status: 'superseded', closedAt: now };
      const update = { $set: closed, $unset: { sealed: '', dueAt: '', expiresAt: '' }, $inc: { version: 1 } } as const;
      const options = { hint: byUser, ...(session ? { session } : {}) };
      await collection.native.updateMany({ tenantId, userId, status: 'waiting' }, update as never, options);
    },
  };
}
