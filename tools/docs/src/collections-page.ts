// docs/collections.md: every collection with its fields, and its indexes with the query that each of them serves.
import { collections as auth } from '@holdfast/auth/collections';
import { collections as catalog } from '@holdfast/catalog/collections';
import { collections as inventory } from '@holdfast/inventory/collections';
import { collections as orders } from '@holdfast/orders/collections';
import { collections as realtime } from '@holdfast/realtime/collections';
import type { AnyCollection } from '@holdfast/shared/persistence';
import { page, table } from './table.ts';

const services: Readonly<Record<string, readonly AnyCollection[]>> = { auth, catalog, inventory, orders, realtime };

type Index = AnyCollection['indexes'][number];

const keyOf = ({ key }: Pick<Index, 'key'>) =>
  `\`${Object.entries(key)
    .map(([name, direction]) => (direction === 1 ? name : `${name} descending`))
    .join(', ')}\``;

function kindOf({ unique, sparse, partialFilterExpression, expireAfterSeconds }: Index): string {
  const only = partialFilterExpression && `only ${Object.keys(partialFilterExpression).join(', ')} as filtered`;
  const kinds = [
    unique && 'unique',
    sparse && 'sparse',
    only,
    expireAfterSeconds !== undefined && `expires after ${expireAfterSeconds} s`,
  ];
  return kinds.filter(Boolean).join('; ');
}

function fieldsOf({ fields, derived, isGlobal, isEvented }: AnyCollection): string {
  const declared = Object.entries(fields as Record<string, { kind: string; optional?: boolean; nullable?: boolean }>);
  const named = declared.map(([name, { kind }]) => `\`${name}\` (${kind})`);
  const forIndexes = Object.keys(derived?.fields ?? {}).map((name) => `\`${name}\` (for indexes only)`);
  const own = [isGlobal ? '`_id`' : '`_id`, `tenantId`', ...named, ...forIndexes, ...(isEvented ? ['`events`'] : [])];
  return own.join(', ');
}

function section(service: string, collection: AnyCollection): string[] {
  const { name, holds, isGlobal, isEvented, toSnapshot, indexes } = collection;
  const facts = [
    isGlobal ? 'Belongs to no tenant.' : '',
    isEvented ? 'Its events ride in the document.' : '',
    toSnapshot ? 'Re-emitted by a resync.' : '',
  ];
  const rows = indexes.map((index) => [keyOf(index), kindOf(index), index.serves]);
  const byId = [isGlobal ? '`_id`' : '`_id`, with `tenantId` in the filter', 'unique', 'one document'];
  return [
    `### ${service}.${name}`,
    [holds, ...facts].filter(Boolean).join(' '),
    `Fields: ${fieldsOf(collection)}.`,
    table(['index', 'kind', 'serves'], [byId, ...rows]),
  ];
}

/** The page about collections. */
export function collectionsPage(): string {
  return page(
    'Collections',
    'Every service owns a database and reads no other. Why it is built so, what each part costs and how it grows is in [database.md](database.md).',
    ...Object.entries(services).flatMap(([service, collections]) => [
      `## ${service}`,
      ...collections.flatMap((collection) => section(service, collection)),
    ]),
  );
}
