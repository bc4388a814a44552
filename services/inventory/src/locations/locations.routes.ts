// HTTP routes of locations: parse, authorise, call, answer.
import { inventoryApi } from '@holdfast/shared/contracts';
import { registerList } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { type LocationStore, locations } from './location.store.ts';
import type { Location } from './location.ts';

export type LocationRoutesDeps = { locations: Pick<LocationStore, 'list'> };

function toResponse({ tenantId: _tenant, ...shown }: Location) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

export function registerLocationRoutes(app: FastifyInstance, deps: LocationRoutesDeps): void {
  registerList(app, inventoryApi.listLocations, {
    list: (_input, page) => deps.locations.list({}, page),
    toResponse,
    placeOf: locations.placeOf,
  });
}
