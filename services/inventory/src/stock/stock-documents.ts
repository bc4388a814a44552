// The documents that stock commands decide on beside the levels, in memory: each command sees what those before it in
// the batch wrote. Invariant: however often a document is written in a batch, it is stored once, as it is in the end,
// with the events of every change.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { keyText } from '@holdfast/shared/values';

/** Names a collection of documents; the type ties the name to what is in it. */
export type DocumentKind<Document extends StockDocument> = {
  readonly name: string;
  /** Never set. */
  readonly document?: Document;
};
export type StockDocument = { id: string; tenantId: string; version: number };

/** A document as the batch read it, if it was there, and as it is to be stored. */
export type DocumentChange<Document extends StockDocument = StockDocument> = {
  before: Document | undefined;
  after: Document;
  events: DomainEvent[];
};

export type StockDocuments = {
  /** The document as the commands before left it; it has to be among the keys of the command. */
  find<Document extends StockDocument>(
    kind: DocumentKind<Document>,
    key: { tenantId: string; id: string },
  ): Document | undefined;
  write<Document extends StockDocument>(kind: DocumentKind<Document>, after: Document, events: DomainEvent[]): void;
  /** What is to be stored of a collection. */
  changes<Document extends StockDocument>(kind: DocumentKind<Document>): DocumentChange<Document>[];
};

/** Documents over those that were read, by the name of their collection. */
export function openDocuments(read: ReadonlyMap<string, Iterable<StockDocument>>): StockDocuments {
  const keyOf = (name: string, { tenantId, id }: { tenantId: string; id: string }) =>
    `${name} ${keyText(tenantId, id)}`;
  const stored = new Map<string, StockDocument>();
  for (const [name, documents] of read) for (const one of documents) stored.set(keyOf(name, one), one);
  const changed = new Map<string, DocumentChange & { name: string }>();
  return {
    find({ name }, wanted) {
      const key = keyOf(name, wanted);
      return (changed.get(key)?.after ?? stored.get(key)) as never;
    },
    write({ name }, after, events) {
      const key = keyOf(name, after);
      const earlier = changed.get(key)?.events ?? [];
      changed.set(key, { name, before: stored.get(key), after, events: [...earlier, ...events] });
    },
    changes(kind) {
      const own = [...changed.values()].filter(({ name }) => name === kind.name);
      return own.map(({ name: _name, ...change }) => change) as never;
    },
  };
}
