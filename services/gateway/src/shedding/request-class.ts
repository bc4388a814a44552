// How much a request matters when not all can be served. The order is that in which classes are shed.
import { authApi } from '@holdfast/shared/contracts';
import type { FastifyRequest } from 'fastify';
import { findRoute, isList, type Route, routes } from '../routing/routes.ts';

/** From what is shed first to what never is. `vital` is health and the refresh of tokens. */
export const requestClasses = ['list', 'read', 'write', 'sign_in', 'vital'] as const;
export type RequestClass = (typeof requestClasses)[number];

/** The class of an operation. */
export function classOf(route: Pick<Route, 'method' | 'path' | 'rateClass' | 'errors'>): RequestClass {
  if (route.path === authApi.refresh.path) return 'vital';
  if (route.rateClass === 'auth') return 'sign_in';
  if (isList(route)) return 'list';
  return route.method === 'GET' ? 'read' : 'write';
}

/** Computed once: it is asked for with every request. */
const classes = new Map(routes.map((route) => [route, classOf(route)]));

/** The class of any request: documents are like lists, a handshake is like signing in. */
export function classOfRequest(request: FastifyRequest): RequestClass {
  const route = findRoute(request);
  if (route) return classes.get(route)!;
  const url = request.routeOptions.url ?? '';
  if (url.startsWith('/docs') || url === '/openapi.json') return 'list';
  return url.startsWith('/socket.io') ? 'sign_in' : 'vital';
}
