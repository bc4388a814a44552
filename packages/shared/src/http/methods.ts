// Which methods a path has: for 405 with Allow instead of 404, and to find the operation of a request.
import findMyWay from 'find-my-way';
import { paramLengthMax } from './limits.ts';

export type MethodTable<Entry> = {
  add(method: string, path: string, entry: Entry): void;
  /** The methods of a concrete path and what was added for each; undefined for an unknown path. */
  find(path: string): ReadonlyMap<string, Entry> | undefined;
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
  };
}
