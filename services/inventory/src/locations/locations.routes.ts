// HTTP routes of locations: parse, authorise, call, answer.
import { locationsApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { createLocation } from './create-location.ts';
import { type DeleteLocationDeps, deleteLocation } from './delete-location.ts';
import { locations } from './location.store.ts';
import type { Location } from './location.ts';
import { updateLocation } from './update-location.ts';

export type LocationRoutesDeps = DeleteLocationDeps;

function toResponse({ id, name, priority, version, createdAt, updatedAt }: Location) {
  return { id, name, priority, version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

const found = (location: Location) => ({ body: toResponse(location), etag: location.version });

export function registerLocationRoutes(app: FastifyInstance, deps: LocationRoutesDeps): void {
  registerList(app, locationsApi.listLocations, {
    list: (_input, page) => deps.locations.list({ deletedAt: null }, page),
    toResponse,
    placeOf: locations.placeOf,
  });

  registerOperation(app, locationsApi.createLocation, async ({ auth, body, idempotencyKey, log }) => {
    const { created, replayed } = await createLocation({ caller: auth, body, requestKey: idempotencyKey }, deps);
    const { tenantId, id: locationId } = created;
    if (!replayed) log.info({ tenantId, locationId }, 'location created');
    return { status: 201, ...found(created), headers: { location: `/v1/locations/${locationId}` }, replayed };
  });

  registerOperation(app, locationsApi.readLocation, async ({ auth, params }) => {
    const location = await deps.locations.read({ tenantId: auth.tenantId, id: params.id });
    if (!location || location.deletedAt !== null) throw new DomainError('not_found');
    return { status: 200, ...found(location) };
  });

  registerOperation(app, locationsApi.updateLocation, async ({ auth, params, body, expectVersion }) => {
    const changed = await updateLocation({ caller: auth, id: params.id, expectVersion, patch: body }, deps);
    return { status: 200, ...found(changed) };
  });

  registerOperation(app, locationsApi.deleteLocation, async ({ auth, params, expectVersion, log }) => {
    await deleteLocation({ caller: auth, id: params.id, expectVersion }, deps);
    log.info({ tenantId: auth.tenantId, locationId: params.id }, 'location deleted');
    return { status: 204 };
  });
}
