// Sheds requests when not all can be served: 503 `busy` with Retry-After, by class, before anything is done for them.
// Invariant: a class is shed only when all classes before it are; health and the refresh of tokens never are.
import type { ServiceName } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Metrics } from '@holdfast/shared/telemetry';
import type { FastifyInstance } from 'fastify';
import { shedRetrySeconds } from '../limits.ts';
import { findRoute } from '../routing/routes.ts';
import { type Lanes, laneOf } from '../slots/lanes.ts';
import { queuePressure } from './pressure.ts';
import { classOfRequest, type RequestClass, requestClasses } from './request-class.ts';

/** True when requests of this class are shed at this pressure. */
export function isShed(requestClass: RequestClass, pressure: number): boolean {
  return requestClass !== 'vital' && requestClasses.indexOf(requestClass) < pressure;
}

export type ShedOptions = {
  /** The pressure of the event loop. */
  loopPressure: () => number;
  lanes: Record<ServiceName, Lanes>;
  metrics: Metrics;
};

/** Adds shedding to every route of this app. */
export function addShedding(app: FastifyInstance, { loopPressure, lanes, metrics }: ShedOptions): void {
  const shed = metrics.kinds('requests_shed_total', 'Requests that were shed, by class.');
  app.addHook('onRequest', async (request) => {
    const route = findRoute(request);
    const queue = route ? queuePressure(lanes[route.service][laneOf(request, request.headers)]) : 0;
    const requestClass = classOfRequest(request);
    if (!isShed(requestClass, Math.max(loopPressure(), queue))) return;
    shed.count(requestClass, 1);
    throw new DomainError('busy', { retryAfterSeconds: shedRetrySeconds });
  });
}
