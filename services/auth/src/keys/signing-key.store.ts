/** Signing keys in MongoDB: global, and agreed on by their number. */
import { type Database, isDuplicateKey } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { keysMax } from '../limits.ts';
import type { StoredKey } from './signing-key.ts';

type Row = Omit<StoredKey, 'number'> & { _id: number };

export type SigningKeyStore = ReturnType<typeof signingKeyStore>;

/** The keys of this installation. */
export function signingKeyStore(database: Database) {
  const model = database.connection.model<Row>('SigningKey', signingKeyRow(), 'signing_keys');
  return {
    model,
    /** Stores the key unless this number has one already: of two replicas that start at once, one prevails. */
    async propose(key: StoredKey): Promise<void> {
      const { number, ...fields } = key;
      try {
        await model.updateOne({ _id: number }, { $setOnInsert: fields }, { upsert: true }).exec();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
    /** The newest keys, newest first. */
    async list(): Promise<StoredKey[]> {
      const rows = await model.find().sort({ _id: -1 }).limit(keysMax).lean<Row[]>().exec();
      return rows.map(({ _id, ...fields }) => ({ number: _id, ...fields }));
    },
  };
}

function signingKeyRow(): mongoose.Schema<Row> {
  return new mongoose.Schema<Row>(
    {
      _id: { type: Number, required: true },
      kid: { type: String, required: true },
      publicJwk: { type: mongoose.Schema.Types.Mixed, required: true },
      sealed: { type: mongoose.Schema.Types.Mixed, required: true },
      createdAt: { type: Date, required: true },
      signsFrom: { type: Date, required: true },
      retiredAt: { type: Date },
    },
    { strict: 'throw', versionKey: false, id: false },
  );
}
