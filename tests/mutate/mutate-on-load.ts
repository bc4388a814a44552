// Loaded before a process of the platform (`node --import`): puts the mutant that HOLDFAST_MUTANT names in place of its
// source, as the vitest plugin does for tests that run the code in their own process.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { applyMutant } from './mutant.ts';
import { mutants } from './mutants.ts';

const mutant = mutants.find(({ name }) => name === process.env.HOLDFAST_MUTANT);
if (!mutant) throw new Error(`there is no mutant ${process.env.HOLDFAST_MUTANT}`);
const file = pathToFileURL(join(import.meta.dirname, '../..', mutant.file)).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== file || loaded.source == null) return loaded;
    const source = applyMutant(Buffer.from(loaded.source as Uint8Array).toString(), mutant);
    appendFileSync(process.env.HOLDFAST_MUTANT_LOADED!, `${mutant.name}\n`);
    return { ...loaded, source };
  },
});
