// The HTTP face of the ledger: parse, authorise, call, answer.

import { listMovements } from '@holdfast/shared/contracts';
import { pageAnswer, readAhead, registerOperation, sortKeyAfter } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { type MovementStore, movements } from './movement.store.ts';
import type { Movement } from './movement.ts';

export type MovementRoutesDeps = { movements: Pick<MovementStore, 'list'> };

function answerOf({ tenantId: _tenant, ...shown }: Movement) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

export function registerMovementRoutes(app: FastifyInstance, deps: MovementRoutesDeps): void {
  registerOperation(app, listMovements, async ({ query: { variantId, kind, from, to }, page }) => {
    const range = { from: timeOf(from), to: timeOf(to), after: sortKeyAfter(page), limit: readAhead(page) };
    const found = await deps.movements.list({ variantId, kind }, range);
    return { status: 200, body: pageAnswer(page, found, answerOf, movements.placeOf) };
  });
}
