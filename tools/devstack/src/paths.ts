// Where things are: the project's root, its data and its tool cache. Everything that the stack writes is below
// `.data/`.
import { join, resolve } from 'node:path';

/** The project's root folder. */
export const rootDir: string = resolve(import.meta.dirname, '../../..');

/** Everything that the stack writes. */
export const dataRoot: string = join(rootDir, '.data');

/** Binaries that were brought along; safe to delete, they come again. */
export const toolsDir: string = join(dataRoot, 'tools');
