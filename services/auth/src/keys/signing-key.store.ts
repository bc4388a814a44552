// Signing keys in MongoDB: global, and agreed on by their number.
import {
  asSystem,
  type Database,
  defineCollection,
  field,
  isDuplicateKey,
  openCollection,
} from '@holdfast/shared/persistence';
import { keysMax } from '../limits.ts';
import type { StoredKey } from './signing-key.ts';

/** The id is the number as text that sorts like it. */
type Entity = StoredKey & { id: string };
const idOf = (number: number) => String(number).padStart(9, '0');

export const signingKeys = defineCollection<Entity>({
  name: 'signing_keys',
  holds: 'A key that signs access tokens, its private part sealed.',
  isGlobal: true,
  fields: {
    number: field.number,
    kid: field.text,
    publicJwk: field.object(),
    sealed: field.object(),
    createdAt: field.date,
    signsFrom: field.date,
    retiredAt: field.optional(field.date),
  },
});

export type SigningKeyStore = ReturnType<typeof openSigningKeys>;

/** The keys of this installation. */
export function openSigningKeys(database: Database) {
  const collection = openCollection(database, signingKeys);
  return {
    /** Stores the key unless this number has one already: of two replicas at once, one prevails. */
    async propose(key: StoredKey): Promise<void> {
      try {
        await collection.insertMissing([{ after: { id: idOf(key.number), ...key } }]);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
    /** Ends all keys of before this one. */
    async retireBefore(number: number, retiredAt: Date): Promise<void> {
      const older = { _id: { $lt: idOf(number) }, retiredAt: { $exists: false } };
      await asSystem('signing keys', () => collection.native.updateMany(older, { $set: { retiredAt } }));
    },
    /** The newest keys, newest first. */
    async list(): Promise<StoredKey[]> {
      const found = await collection.find({}, { sort: { _id: -1 }, index: { _id: 1 }, limit: keysMax });
      return found.map(({ id: _id, ...key }) => key);
    },
  };
}
