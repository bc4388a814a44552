// HTTP routes of the ledger: parse, authorise, call, answer.
import { inventoryApi } from '@holdfast/shared/contracts';
import { registerList } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { movements } from './movement.store.ts';
import type { Movement } from './movement.ts';
import { type ReadLedgerDeps, readLedger } from './read-ledger.ts';

export type MovementRoutesDeps = ReadLedgerDeps;

/** A line of the ledger as the API shows it. */
export function toMovementResponse({ tenantId: _tenant, ...shown }: Movement) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

export function registerMovementRoutes(app: FastifyInstance, deps: MovementRoutesDeps): void {
  registerList(app, inventoryApi.listMovements, {
    list({ query: { from, to, cursor: _cursor, limit: _limit, ...filters }, auth: { tenantId } }, page) {
      return readLedger({ tenantId, ...filters }, { ...page, from: timeOf(from), to: timeOf(to) }, deps);
    },
    toResponse: toMovementResponse,
    placeOf: movements.placeOf,
  });
}
