import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { DomainError, toProblem } from './domain-error.ts';

const standard = ['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId', 'errors'];

it('a problem has the standard members, and the extra ones beside them', () => {
  const error = new DomainError('illegal_transition', { extra: { orderStatus: 'CANCELLED', allowed: [] } });
  expect(toProblem(error, '/v1/orders/ord_1/cancel', 'trace')).toEqual({
    type: 'https://holdfast.dev/errors/illegal_transition',
    title: catalogue.illegal_transition.title,
    status: 409,
    detail: catalogue.illegal_transition.explanation,
    instance: '/v1/orders/ord_1/cancel',
    code: 'illegal_transition',
    traceId: 'trace',
    orderStatus: 'CANCELLED',
    allowed: [],
  });
});

it('a standard member cannot be an extra one', () => {
  // @ts-expect-error: the type refuses it
  const error = new DomainError('archived', { extra: { status: 'ARCHIVED', code: 'mine' } });
  expect(toProblem(error, '/', '')).toMatchObject({ status: 409, code: 'archived' });
});

it('no source takes a standard member for its own', () => {
  const root = join(import.meta.dirname, '../../../..');
  const files = globSync('{services,packages,tools}/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !file.includes('node_modules') && !file.endsWith('.test.ts'),
  );
  const wrong = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const literals = [...text.matchAll(/\bextra: (\{[^}]*\})/g)].map(([, literal]) => literal!);
    const taken = literals.filter((literal) => standard.some((name) => new RegExp(`[{,]\\s*${name}\\b`).test(literal)));
    // An open record would let any member through.
    const open = text.match(/\bextra\??: (?:Readonly<)?Record</g) ?? [];
    return [...taken, ...open].map((found) => `${file}: ${found}`);
  });
  expect(files.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

it('the catalogue tells of no standard member as if it were special to an error', () => {
  for (const [code, { explanation }] of Object.entries(catalogue)) {
    const named = [...explanation.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
    const allowed = ['errors', 'traceId'];
    expect(
      named.filter((name) => standard.includes(name) && !allowed.includes(name)),
      code,
    ).toEqual([]);
  }
});
