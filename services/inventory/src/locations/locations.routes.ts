// The HTTP face of locations: parse, authorise, call, answer.

import { listLocations } from '@holdfast/shared/contracts';
import { pageAnswer, readAhead, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { LocationStore } from './location.store.ts';
import type { Location } from './location.ts';

export type LocationRoutesDeps = { locations: Pick<LocationStore, 'list'> };

function answerOf({ tenantId: _tenant, ...shown }: Location) {
  return { ...shown, createdAt: shown.createdAt.toISOString() };
}

export function registerLocationRoutes(app: FastifyInstance, deps: LocationRoutesDeps): void {
  registerOperation(app, listLocations, async ({ page }) => {
    const found = await deps.locations.list({}, { after: page.after?.id, limit: readAhead(page) });
    return { status: 200, body: pageAnswer(page, found, answerOf, ({ id }) => ({ sort: null, id })) };
  });
}
