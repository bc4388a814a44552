// Where files are kept: the port, and how files are called. Invariants: a file is there as a whole or not at all; its
// key begins with its tenant, so that no key of one can name a file of another.

/** Files by their keys. Every implementation passes storage-conformance.fixture.ts. */
export type Storage = {
  /** Stores what the source yields; nothing of it is to be seen when the source or the storage fails. */
  put(key: string, source: AsyncIterable<Uint8Array>): Promise<void>;
  /** The bytes of a file, read as they are asked for. Throws NotStored. */
  get(key: string): Promise<AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown }>;
  /** A file that is not there is no fault. */
  remove(key: string): Promise<void>;
  /** Removes what was being written when its process died, if nothing was added to it since; returns how many. */
  removeUnfinished(before: Date): Promise<number>;
  /** Resolves when files can be stored. */
  check(): Promise<void>;
  close(): void;
};

export class NotStored extends Error {
  constructor(key: string) {
    super(`there is no file ${key}`);
    this.name = 'NotStored';
  }
}

const keyForm = /^t\/[a-z0-9_]{1,64}\/(?:imports|exports)\/[a-z0-9_]{1,64}\.(?:csv|ndjson)$/;

/** The key of a file. Throws for parts that could mean another folder. */
export function fileKey(tenantId: string, folder: 'imports' | 'exports', name: string): string {
  return assertKey(`t/${tenantId}/${folder}/${name}`);
}

/** The key, if it is one. */
export function assertKey(key: string): string {
  if (!keyForm.test(key)) throw new Error('this is no key of a file');
  return key;
}
