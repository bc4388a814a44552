// The OpenAPI document says what the code does: every operation, its permission, its problems, an example that fits.
import { allOperations, permissions } from '@holdfast/shared/contracts';
import { catalogue } from '@holdfast/shared/errors';
import { buildOpenApi } from '@holdfast/shared/http';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

type Json = Record<string, unknown>;
type OperationObject = {
  operationId: string;
  summary: string;
  'x-permission': string | string[];
  security: unknown[];
  parameters: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { content: { 'application/json': { example?: unknown } } };
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
};

const document = JSON.parse(JSON.stringify(buildOpenApi(allOperations))) as {
  openapi: string;
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Json> };
};
const described = new Map(
  Object.values(document.paths).flatMap((methods) => Object.values(methods).map((one) => [one.operationId, one])),
);

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, field]) => (key === '$ref' ? [String(field)] : references(field)));
}

describe('the OpenAPI document', () => {
  it('is 3.1 and has every operation once, with unique ids', () => {
    expect(document.openapi).toBe('3.1.0');
    expect([...described.keys()].sort()).toEqual(allOperations.map(({ operationId }) => operationId).sort());
  });

  it('resolves every reference, and names every schema it uses', () => {
    const all = references(document);
    expect(all.length).toBeGreaterThan(50);
    for (const reference of all) {
      const name = reference.replace('#/components/schemas/', '');
      expect([reference, name in document.components.schemas]).toEqual([reference, true]);
    }
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  it.each(allOperations.map((operation) => [operation.operationId, operation] as const))(
    '%s is complete',
    (operationId, operation) => {
      const one = described.get(operationId)!;
      expect(one['x-permission']).toEqual(operation.access);
      expect(one.security.length).toBe(operation.access === 'public' ? 0 : 1);
      if (typeof operation.access !== 'string')
        for (const permission of operation.access) expect(permissions).toContain(permission);
      const params = [...operation.path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1]);
      expect(one.parameters.filter((field) => field.in === 'path').map(({ name }) => name)).toEqual(params);
      expect(Object.keys(one.responses)).toEqual(
        expect.arrayContaining([...operation.statuses.map(String), '400', '429', '500', '503']),
      );
      for (const code of operation.errors) expect(Object.keys(catalogue)).toContain(code);
    },
  );

  it('shows an example of every body, and the example is accepted', () => {
    const withBody = allOperations.filter(({ example, upload }) => example !== undefined && !upload);
    expect(withBody.length).toBeGreaterThan(8);
    for (const { operationId, body, example } of withBody) {
      expect([operationId, body.safeParse(example).error?.message]).toEqual([operationId, undefined]);
      expect(described.get(operationId)?.requestBody?.content['application/json'].example).toEqual(example);
    }
    const without = allOperations.filter(
      ({ body, example }) => !(body instanceof z.ZodUndefined) && example === undefined,
    );
    expect(without.map(({ operationId }) => operationId)).toEqual(['refresh', 'logout', 'logoutAll']);
  });

  it('refuses unknown fields in every body and query', () => {
    const unknown = { thisFieldIsNotKnown: 1 };
    for (const { operationId, body, query, example } of allOperations) {
      expect([operationId, query.safeParse(unknown).success]).toEqual([operationId, false]);
      const refused = body.safeParse({ ...((example as Json | undefined) ?? {}), ...unknown }).success;
      expect([operationId, refused]).toEqual([operationId, false]);
    }
  });
});

describe('patterns of the contracts', () => {
  function patterns(value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap(patterns);
    if (value === null || typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, field]) =>
      key === 'pattern' && typeof field === 'string' ? [field] : patterns(field),
    );
  }

  it.each([...new Set(patterns(document))])('%s answers 50,000 characters within 50 ms', (pattern) => {
    const regex = new RegExp(pattern);
    for (const text of ['a', '0', '-', 'a-', '.', ' ', '@', 'a@', 'a.', '1:'].map((piece) =>
      piece.repeat(50_000 / piece.length),
    )) {
      // The best of three: a busy machine is not a slow pattern.
      const times = [1, 2, 3].map(() => {
        const began = performance.now();
        regex.test(`${text}!`);
        return performance.now() - began;
      });
      expect(Math.min(...times)).toBeLessThan(50);
    }
  });
});

describe('files', () => {
  it('have types of their own, in bodies and answers', () => {
    const upload = described.get('createImport')!;
    expect(Object.keys(upload.requestBody!.content)).toEqual(['text/csv']);
    const types = (operationId: string) => Object.keys(described.get(operationId)!.responses['200']!.content!);
    expect(types('readImportErrors')).toEqual(['text/csv']);
    expect(types('readExportFile')).toEqual(['text/csv', 'application/x-ndjson']);
  });
});
