// HTTP routes of the ledger: parse, authorise, call, answer.
import { inventoryApi } from '@holdfast/shared/contracts';
import { registerList, sortKeyAfter } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { type MovementStore, movementSortKey } from './movement.store.ts';
import type { Movement } from './movement.ts';

export type MovementRoutesDeps = { movements: Pick<MovementStore, 'list'> };

function toResponse({ tenantId: _tenant, ...shown }: Movement) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

export function registerMovementRoutes(app: FastifyInstance, deps: MovementRoutesDeps): void {
  registerList(app, inventoryApi.listMovements, {
    list({ query: { variantId, kind, from, to } }, page) {
      const filter = { variantId, kind, from: timeOf(from), to: timeOf(to) };
      return deps.movements.list(filter, sortKeyAfter(page), page.limit);
    },
    toResponse,
    placeOf: (movement) => ({ sort: movementSortKey(movement), id: movement.id }),
  });
}
