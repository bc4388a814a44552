import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLimit } from './descriptors.ts';

describe('the limit of file descriptors', () => {
  it('is the one that this process was started with', () => {
    const module = join(import.meta.dirname, 'descriptors.ts');
    const tell = `import(${JSON.stringify(module)}).then((it) => console.log(it.descriptorLimit()))`;
    const said = execFileSync('/bin/sh', ['-c', 'ulimit -n 300 && exec "$0" -e "$1"', process.execPath, tell]);
    expect(said.toString().trim()).toBe('300');
  });

  it.each([
    ['20000', 20_000],
    ['256\n', 256],
    ['unlimited', 1_048_576],
    ['9223372036854775807', 1_048_576],
    [undefined, 1_024],
    ['', 1_024],
    ['many', 1_024],
  ])('written as %j is %i', (text, limit) => {
    expect(parseLimit(text)).toBe(limit);
  });
});
