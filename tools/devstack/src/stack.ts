// The whole platform as one graph. `needs` is what has to be ready first (and is stopped last); `knows` is whose
// address a process is given besides. The variable behind a name is what the others find its address under.

export type Kind = 'mongod' | 'redis-streams' | 'redis-cache' | 'service';

export interface Component {
  readonly name: string;
  readonly kind: Kind;
  /** Wished port; a busy one is stepped around. Further replicas wish 10 higher each. */
  readonly port: number;
  /** Variable that carries the address (a comma-separated list for several replicas). */
  readonly address: string;
  readonly needs: readonly string[];
  readonly knows: readonly string[];
  /** Started several times with HOLDFAST_REPLICAS. */
  readonly replicated: boolean;
  /** Options of Node that bound its memory; docker-compose.yml has the same. */
  readonly nodeOptions?: readonly string[];
}

const server = (kind: Exclude<Kind, 'service'>, port: number, address: string): Component => {
  return { name: kind, kind, port, address, needs: [], knows: [], replicated: false };
};

interface Links {
  readonly needs: readonly string[];
  readonly knows?: readonly string[];
  readonly replicated?: boolean;
  readonly nodeOptions?: readonly string[];
}

/** Ready means GET /health/ready answers 200. */
const service = (name: string, port: number, links: Links): Component => {
  const address = `${name.toUpperCase()}_URL`;
  return { name, kind: 'service', port, address, knows: [], replicated: false, ...links };
};

const stores = ['mongod', 'redis-streams'];

/**
 * An import makes garbage without end, and Node lets it pile up in proportion to the memory that the machine has: 350
 * MiB beside 50 that live. The cache of 64 MiB, two imports, two exports and requests fit into a third of the bound.
 */
const boundedHeap = ['--max-semi-space-size=32', '--max-old-space-size=768'];

export const stack: readonly Component[] = [
  server('mongod', 27017, 'MONGODB_URI'), //         the truth: one-node replica set, journaled
  server('redis-streams', 6379, 'REDIS_URL'), //     the road: noeviction, append-only file
  server('redis-cache', 6380, 'REDIS_CACHE_URL'), // may forget anything: allkeys-lru, no disk

  // Tenants, users, tokens, keys; links in its mails lead to the gateway's address.
  service('auth', 8081, { needs: stores, knows: ['gateway', 'orders'] }),
  // Products and variants; imports and exports, for which it asks the owners of stock and orders.
  service('catalog', 8082, {
    needs: [...stores, 'auth'],
    knows: ['redis-cache', 'inventory', 'orders'],
    nodeOptions: boundedHeap,
  }),
  // Stock levels, movements, reservations; asks orders when it reconciles.
  service('inventory', 8083, { needs: [...stores, 'auth'], knows: ['orders'], replicated: true }),
  // Orders, their outcomes and deadlines.
  service('orders', 8084, { needs: [...stores, 'auth'], knows: ['inventory'], replicated: true }),
  // Public log and sockets; pages of the gateway's address may open them.
  service('realtime', 8085, { needs: [...stores, 'auth'], knows: ['gateway'], replicated: true }),

  // The one public door; last, so that it never answers for somebody who is not there yet.
  service('gateway', 8080, {
    needs: ['redis-cache', 'auth', 'catalog', 'inventory', 'orders', 'realtime'],
    knows: ['redis-streams'],
  }),
];
