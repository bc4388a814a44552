// Which requests go where: the operations of the contracts, and nothing else.
// /internal/ and /metrics of services have no route here.
import { allOperations, type Operation, type ServiceName } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyRequest } from 'fastify';

/** What the edge needs to know of a route. */
export type Route = Pick<Operation, 'service' | 'method' | 'path' | 'access' | 'rateClass'> &
  Partial<Pick<Operation, 'errors' | 'upload' | 'signed'>>;

/** Routed, though no operation of the API. */
const others: readonly Route[] = [
  { service: 'auth', method: 'GET', path: '/.well-known/jwks.json', access: 'public', rateClass: 'exempt' },
];

/** Every route of the gateway that leads to a service. */
export const routes: readonly Route[] = [...allOperations, ...others];

/** True for lists in pages: what takes a cursor. */
export function isList({ errors }: Pick<Route, 'errors'>): boolean {
  return errors?.includes('invalid_cursor') ?? false;
}

/** The routes of one path by their method; who may GET may HEAD. */
function byMethod(ofPath: readonly Route[]): ReadonlyMap<string, Route> {
  return new Map(
    ofPath.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]).map((name) => [name, route])),
  );
}

const byPath: ReadonlyMap<string, ReadonlyMap<string, Route>> = new Map(
  [...Map.groupBy(routes, ({ path }) => path)].map(([path, ofPath]) => [path, byMethod(ofPath)]),
);

/**
 * The paths of a service in Fastify notation, and all methods that any of them has: HEAD too,
 * or Fastify would answer it by itself.
 */
export function routesOf(service: ServiceName): { paths: string[]; methods: string[] } {
  const own = routes.filter((route) => route.service === service);
  const paths = [...new Set(own.map((route) => route.path))];
  return { paths, methods: [...new Set(paths.flatMap(methodsOf))] };
}

/** The methods of a path in Fastify notation. */
export function methodsOf(path: string): string[] {
  return [...(byPath.get(path)?.keys() ?? [])];
}

/** True for a path whose operations need no token. */
function isPublic(path: string): boolean {
  const methods = byPath.get(path);
  return methods !== undefined && [...methods.values()].every(({ access }) => access === 'public');
}

/** How many bytes a body may have that needs no token, on a path whose operations need none; else undefined. */
export function publicBytesMax(path: string, usual: number): number | undefined {
  if (!isPublic(path)) return undefined;
  const [signed] = [...byPath.get(path)!.values()].flatMap((route) => route.signed ?? []);
  return signed?.bytesMax ?? usual;
}

/** The route of a request that the router matched by path, if it is one of an operation. */
export function findRoute(request: FastifyRequest): Route | undefined {
  return byPath.get(request.routeOptions.url ?? '')?.get(request.method);
}

/**
 * The same. Throws `not_found`, and `method_not_allowed` when the path has another method only.
 */
export function routeOf(request: FastifyRequest): Route {
  const route = findRoute(request);
  if (route) return route;
  const methods = byPath.get(request.routeOptions.url ?? '');
  if (!methods) throw new DomainError('not_found');
  throw new DomainError('method_not_allowed', { headers: { allow: [...methods.keys()].sort().join(', ') } });
}
