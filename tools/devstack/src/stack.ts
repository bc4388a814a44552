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
}

const server = (kind: Exclude<Kind, 'service'>, port: number, address: string): Component => {
  return { name: kind, kind, port, address, needs: [], knows: [], replicated: false };
};

interface Links {
  readonly needs: readonly string[];
  readonly knows?: readonly string[];
  readonly replicated?: boolean;
}

/** Ready means GET /health/ready answers 200. */
const service = (name: string, port: number, { needs, knows = [], replicated = false }: Links): Component => {
  return { name, kind: 'service', port, address: `${name.toUpperCase()}_URL`, needs, knows, replicated };
};

const stores = ['mongod', 'redis-streams'];

export const stack: readonly Component[] = [
  server('mongod', 27017, 'MONGODB_URI'), //         the truth: one-node replica set, journaled
  server('redis-streams', 6379, 'REDIS_URL'), //     the road: noeviction, append-only file
  server('redis-cache', 6380, 'REDIS_CACHE_URL'), // may forget anything: allkeys-lru, no disk

  // Tenants, users, tokens, keys; links in its mails lead to the gateway's address.
  service('auth', 8081, { needs: stores, knows: ['gateway', 'orders'] }),
  // Products and variants; imports and exports, for which it asks the owners of stock and orders.
  service('catalog', 8082, { needs: [...stores, 'auth'], knows: ['redis-cache', 'inventory', 'orders'] }),
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
