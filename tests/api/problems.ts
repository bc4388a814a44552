// What every refusal has in common (RFC 9457), and what none may show.
import type { Answer } from '@holdfast/sdk';
import { catalogue, type ErrorCode } from '@holdfast/shared/errors';
import { expect } from 'vitest';

/** Words of drivers, stacks and our own files. */
export const innards = /Mongo|E11000|node_modules|\bat \w+ \(|ECONN|\.ts:\d|CastError|BSON|ZodError/;

/** Expects the problem of one of these statuses, whole, with this code. */
export function expectProblem(answer: Answer, status: number | number[], code?: string): void {
  expect([status].flat(), answer.text).toContain(answer.status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const { body } = answer;
  const entry = catalogue[body.code as ErrorCode];
  expect(entry, `an unknown code: ${answer.text}`).toBeDefined();
  expect(body).toMatchObject({
    type: expect.stringMatching(/./),
    title: entry.title,
    status: answer.status,
    detail: expect.any(String),
    instance: expect.any(String),
    traceId: answer.headers.get('traceparent')?.split('-')[1],
  });
  expect(entry.status).toBe(answer.status);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  if (code) expect(body.code).toBe(code);
  expect(answer.text).not.toMatch(innards);
}
