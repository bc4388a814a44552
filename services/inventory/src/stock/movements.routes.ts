// The HTTP face of the ledger: parse, authorise, call, answer.

import { listMovements } from '@holdfast/shared/contracts';
import { pageAnswer, readAhead, registerOperation, sortKeyAfter } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { type MovementStore, movementSortKey } from './movement.store.ts';
import type { Movement } from './movement.ts';

export type MovementRoutesDeps = { movements: Pick<MovementStore, 'list'> };

function answerOf({ tenantId: _tenant, ...shown }: Movement) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

export function registerMovementRoutes(app: FastifyInstance, deps: MovementRoutesDeps): void {
  registerOperation(app, listMovements, async ({ query: { variantId, kind, from, to }, page }) => {
    const filter = { variantId, kind, from: timeOf(from), to: timeOf(to) };
    const found = await deps.movements.list(filter, sortKeyAfter(page), readAhead(page));
    const body = pageAnswer(page, found, answerOf, (movement) => ({
      sort: movementSortKey(movement),
      id: movement.id,
    }));
    return { status: 200, body };
  });
}
