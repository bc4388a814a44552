// The HTTP face of the ledger: parse, authorise, call, answer.
import { listMovements } from '@holdfast/shared/contracts';
import { type Page, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { pageAnswer, readAhead } from '../paging.ts';
import type { MovementPlace, MovementStore } from './movement.store.ts';
import type { Movement } from './movement.ts';

export type MovementRoutesDeps = { movements: Pick<MovementStore, 'list'> };

function answerOf({ tenantId: _tenant, ...shown }: Movement) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

// Two numbers sort a movement; a cursor carries one sort key, so they travel as one text.
function sortOf({ createdAt, sequence }: Movement): string {
  return `${createdAt.getTime()}/${sequence}`;
}

function placeOf(after: Page['after']): MovementPlace | undefined {
  if (after === undefined) return undefined;
  const [time, sequence] = String(after.sort).split('/').map(Number);
  return { createdAt: new Date(time!), sequence: sequence!, id: after.id };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

export function registerMovementRoutes(app: FastifyInstance, deps: MovementRoutesDeps): void {
  registerOperation(app, listMovements, async ({ query: { variantId, kind, from, to }, page }) => {
    const filter = { variantId, kind, from: timeOf(from), to: timeOf(to) };
    const found = await deps.movements.list(filter, placeOf(page.after), readAhead(page));
    const body = pageAnswer(page, found, answerOf, (movement) => ({ sort: sortOf(movement), id: movement.id }));
    return { status: 200, body };
  });
}
