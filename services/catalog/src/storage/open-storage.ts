// The storage that the configuration asks for.
import { folderStorage } from './folder-storage.ts';
import type { S3Settings } from './s3-storage.ts';
import type { Storage } from './storage.ts';

/** A bucket where one is named, else a folder. */
export async function openStorage(settings: { folder: string; s3: S3Settings | undefined }): Promise<Storage> {
  if (settings.s3 === undefined) return folderStorage(settings.folder);
  // Loaded only where it is used: it takes a second.
  const { s3Storage } = await import('./s3-storage.ts');
  return s3Storage(settings.s3);
}
