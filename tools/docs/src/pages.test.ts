// The generated pages are in sync with the code, and say everything.
import { allEvents, allOperations } from '@holdfast/shared/contracts';
import { catalogue } from '@holdfast/shared/errors';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { variablesOf } from './configuration-page.ts';
import { generatedPages, stalePages } from './pages.ts';

describe('generated pages', () => {
  const pages = generatedPages();

  it('are what the code says', () => {
    expect(stalePages()).toEqual([]);
  });

  it('name every error code, every operation and every event', () => {
    for (const code of Object.keys(catalogue)) expect(pages['docs/errors.md']).toContain(`\`${code}\``);
    for (const { operationId } of allOperations) expect(pages['docs/permissions.md']).toContain(`\`${operationId}\``);
    for (const { name } of allEvents) expect(pages['docs/events.md']).toContain(`\`${name}\``);
  });

  it('hold no default for a secret', () => {
    expect(pages['.env.example']).toMatch(/^INTERNAL_TOKEN=$/m);
    expect(pages['.env.example']).toMatch(/^HOLDFAST_SECRET=$/m);
  });

  it('refuse a setting without a description', () => {
    expect(() => variablesOf(z.object({ PORT: z.string() }))).toThrow('PORT has no description');
  });
});
