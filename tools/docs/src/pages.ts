// Which files are generated, and from what.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectionsPage } from './collections-page.ts';
import { configurationPage, envExample } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import { eventsPage } from './events-page.ts';
import { permissionsPage } from './permissions-page.ts';

const root = join(import.meta.dirname, '../../..');

/** Path below the repository -> its text as the code says it. */
export function generatedPages(): Record<string, string> {
  return {
    'docs/errors.md': errorsPage(),
    'docs/events.md': eventsPage(),
    'docs/collections.md': collectionsPage(),
    'docs/permissions.md': permissionsPage(),
    'docs/configuration.md': configurationPage(),
    '.env.example': envExample(),
  };
}

function stored(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

/** The generated files that differ from what the code says, or are missing. */
export function stalePages(): string[] {
  return Object.entries(generatedPages())
    .filter(([path, text]) => stored(path) !== text)
    .map(([path]) => path);
}

/** Writes the generated files that are stale; returns which. */
export function writePages(): string[] {
  const stale = stalePages();
  const pages = generatedPages();
  for (const path of stale) writeFileSync(join(root, path), pages[path]!);
  return stale;
}
