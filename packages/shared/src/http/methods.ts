// Which methods a path has: for 405 with Allow instead of 404, and to find the operation of a request.
import findMyWay from 'find-my-way';
import { paramLengthMax } from './limits.ts';

export type MethodTable<Entry> = {
  add(method: string, path: string, entry: Entry): void;
  /** The methods of a concrete path and what was added for each; undefined for an unknown path. */
  find(path: string): ReadonlyMap<string, Entry> | undefined;
  /**
   * By method, the paths that the router would hand to a route with a parameter (`/v1/variants/:id`), though they are
   * paths of their own (`/v1/variants/bulk-upsert`) that do not have the method.
   */
  shadowed(): ReadonlyMap<string, ReadonlySet<string>>;
};

/** A table of routes in Fastify notation (`/v1/orders/:id`). */
export function createMethodTable<Entry>(): MethodTable<Entry> {
  const router = findMyWay({ maxParamLength: paramLengthMax });
  const byPath = new Map<string, Map<string, Entry>>();
  return {
    add(method, path, entry) {
      let methods = byPath.get(path);
      if (!methods) {
        methods = new Map();
        byPath.set(path, methods);
        router.on('GET', path, () => {}, methods);
      }
      methods.set(method, entry);
    },
    find(path) {
      return router.find('GET', path)?.store as Map<string, Entry> | undefined;
    },
    shadowed() {
      const found = new Map<string, Set<string>>();
      const fixed = [...byPath].filter(([path]) => !path.includes(':'));
      for (const [open, methods] of byPath) {
        const pattern = patternOf(open);
        for (const [path, own] of fixed) {
          if (!open.includes(':') || !pattern.test(path)) continue;
          for (const method of methods.keys()) {
            if (!own.has(method)) found.set(method, (found.get(method) ?? new Set()).add(path));
          }
        }
      }
      return found;
    },
  };
}

/** The concrete paths of a route; its own text comes from the contracts. */
function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')));
  return new RegExp(`^${parts.join('/')}$`);
}
