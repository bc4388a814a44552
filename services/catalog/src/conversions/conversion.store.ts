// Which conversions of stored documents this installation has behind it.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';

type Conversion = { id: string; finishedAt: Date };
export const conversions = defineCollection<Conversion>({
  name: 'conversions',
  holds: 'A conversion of documents of an older release that is done.',
  isGlobal: true,
  fields: { finishedAt: field.date },
});

export const openConversions = (database: Database) => openCollection(database, conversions);
