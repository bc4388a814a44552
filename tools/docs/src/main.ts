// `npm run docs` writes the generated pages; `npm run docs -- --check` only compares, and exits 1 when one is stale.
import { stalePages, writePages } from './pages.ts';

if (process.argv.includes('--check')) {
  const stale = stalePages();
  for (const path of stale) console.error(`${path} is not what the code says: run npm run docs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  const written = writePages();
  console.log(written.length > 0 ? `wrote ${written.join(', ')}` : 'everything is up to date');
}
