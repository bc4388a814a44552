// HTTP routes of the ledger: parse, authorise, call, answer.
import { inventoryApi } from '@holdfast/shared/contracts';
import { registerList } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { type MovementStore, movements } from './movement.store.ts';
import type { Movement } from './movement.ts';

export type MovementRoutesDeps = { movements: Pick<MovementStore, 'list'> };

/** A line of the ledger as the API shows it. */
export function toMovementResponse({ tenantId: _tenant, ...shown }: Movement) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

export function registerMovementRoutes(app: FastifyInstance, deps: MovementRoutesDeps): void {
  registerList(app, inventoryApi.listMovements, {
    list({ query: { variantId, kind, from, to } }, page) {
      return deps.movements.list({ variantId, kind }, { ...page, from: timeOf(from), to: timeOf(to) });
    },
    toResponse: toMovementResponse,
    placeOf: movements.placeOf,
  });
}
