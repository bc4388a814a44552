// Tokens that are mailed, in MongoDB: one place per user and kind, found by hash.
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import { tokenKinds } from '../mails/mail.ts';
import { type PresentedToken, type StoredToken, tokenIdOf } from './mail-token.ts';

const byHash = { tenantId: 1, hash: 1 } as const;
const byUser = { tenantId: 1, userId: 1 } as const;

export const mailTokens = defineCollection<StoredToken>({
  name: 'mail_tokens',
  holds: 'The hash of a token that went out in a mail.',
  fields: {
    userId: field.text,
    kind: field.oneOf(tokenKinds),
    hash: field.text,
    basis: field.text,
    expiresAt: field.date,
    usedAt: field.optional(field.date),
    version: field.number,
  },
  indexes: [
    { key: byHash, unique: true, serves: 'a token that is presented' },
    { key: byUser, serves: 'the withdrawal of all tokens of a user' },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0, serves: 'the deletion of what has expired' },
  ],
});

export type MailTokenStore = ReturnType<typeof openMailTokens>;

/** The mailed tokens of the running tenant. */
export function openMailTokens(database: Database) {
  const collection = openCollection(database, mailTokens);
  return {
    /** The token of this user and kind, good or not. */
    readOf: ({ tenantId, ...place }: Pick<StoredToken, 'tenantId' | 'userId' | 'kind'>, session: Session) =>
      collection.read({ tenantId, id: tokenIdOf(place) }, { session }),
    findByHash: ({ tenantId, hash }: PresentedToken, session?: Session) =>
      collection.findOne({ tenantId, hash }, byHash, { session }),
    /**
     * Puts a token into its place, or stores that it was used. Throws Conflict when the place has another version by
     * now, and fails as a duplicate key when somebody else was the first to put one there.
     */
    save: (before: StoredToken | undefined, after: StoredToken, session: Session) =>
      before === undefined ? collection.insert([{ after }], session) : collection.saveAll([{ before, after }], session),
    /** Removes all of a user. */
    async removeOf({ tenantId, userId }: Pick<StoredToken, 'tenantId' | 'userId'>, session?: Session): Promise<void> {
      const options = { hint: byUser, ...(session ? { session } : {}) };
      await collection.native.deleteMany({ tenantId, userId }, options);
    },
  };
}
