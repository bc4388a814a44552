// Every Redis key has its builder here. Invariants: a key is a declared global one or starts with its tenant; what one
// script touches shares one hash slot (the braces); the generation is in every key of the event road, so that tests and
// a later partition count live side by side.

/** A domain's name, or `public` for the tenants' public log. */
export type StreamDomain = string;

/** The event stream of a domain's partition: `{events:orders:g1:3}`; the public log: `{public:g1:3}`. */
export function streamKey(generation: string, domain: StreamDomain, partition: number): string {
  return domain === 'public' ? `{public:${generation}:${partition}}` : `{events:${domain}:${generation}:${partition}}`;
}

/** Hash: how far the relay has published this stream, for whose data, and from where on it is complete. */
export function positionKey(stream: string): string {
  return `${stream}:position`;
}

/** Hash: consumer service -> `<source>|<last id>`, published by each platform consumer after its commit. */
export function cursorsKey(stream: string): string {
  return `${stream}:cursors`;
}

/** Hash: outside group -> when and why it was cut off. */
export function cutOffKey(stream: string): string {
  return `${stream}:cut-off`;
}

/** A key of one tenant: `t:<tenant>:<rest>`. */
export function tenantKey(tenantId: string, ...rest: string[]): string {
  return ['t', tenantId, ...rest].join(':');
}

/** A key of a tenant's cache: `t:{<tenant>}:cache:<rest>`. All of a tenant are in one slot: scripts touch several. */
export function cacheKey(tenantId: string, kind: 'stamp' | 'answer', name: string): string {
  return `t:{${tenantId}}:cache:${kind}:${name}`;
}

/** The lease on a partition of a service's consumer, or of any numbered share of work. */
export function leaseKey(generation: string, service: string, partition: number | string): string {
  return `lease:${generation}:${service}:${partition}`;
}

/** The lease of the leading relay of a domain. */
export function relayLeaseKey(generation: string, domain: StreamDomain): string {
  return `lease:${generation}:relay:${domain}`;
}

/** The lock of whoever receives on a purchase order. */
export function purchaseOrderLockKey(purchaseOrderId: string): string {
  return `lock:purchaseOrder:${purchaseOrderId}`;
}

/** Sorted set: process -> time of its last heartbeat. */
export function membersKey(generation: string, service: string): string {
  return `members:${generation}:${service}`;
}

/** A rate window that no tenant owns (anonymous callers, sign-ins): `rate:<budget>:<subject>`. */
export function rateKey(budget: string, subject: string): string {
  return `rate:${budget}:${subject}`;
}
