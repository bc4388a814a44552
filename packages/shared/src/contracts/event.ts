// Domain events: CloudEvents 1.0 JSON. One zod schema per event and version, parsed when written; read loosely,
// so that additions keep the version.
// Invariant: an event carries ids, quantities, money and status, never a person's name, e-mail, address,
// note or metadata.
import { z } from 'zod';
import type { Cause, Stamp } from '../values/command.ts';

/** The event streams that services publish. */
export type Domain = 'auth' | 'catalog' | 'inventory' | 'orders';
/** `public` is realtime's log, made of all domains. */
export type StreamName = Domain | 'public';

/** The platform consumers of each domain: a stream is never trimmed past what one of them has not applied. */
export const consumersOf: Readonly<Record<StreamName, readonly string[]>> = {
  auth: ['inventory', 'orders', 'realtime'],
  catalog: ['inventory', 'orders', 'realtime'],
  orders: ['inventory', 'realtime'],
  inventory: ['orders', 'realtime'],
  public: [],
};

export const envelope = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().regex(/^com\.holdfast\.[a-z_]+\.[a-z_]+\.v\d+$/),
  subject: z.string().min(1),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  tenantid: z.string().min(1),
  partitionkey: z.string().min(1),
  aggregateversion: z.int().min(1),
  correlationid: z.string().optional(),
  causationid: z.string().optional(),
  traceparent: z.string().optional(),
  /** The tenant's sequence number; public log only. */
  sequence: z.int().min(1).optional(),
});

export type DomainEvent<Data = Record<string, unknown>> = {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  tenantid: string;
  partitionkey: string;
  aggregateversion: number;
  correlationid?: string;
  causationid?: string;
  traceparent?: string;
  sequence?: number;
  data: Data;
};

/** The name and version of an event: `order.placed`, 1. `data` is loose when read. */
export type EventDefinition<Data extends z.ZodType = z.ZodType> = {
  name: string;
  version: number;
  domain: Domain;
  /** What happened, for the reference. */
  summary: string;
  data: Data;
  type: string;
};

type EventSpec = Pick<EventDefinition, 'name' | 'summary' | 'data'> & { version?: number };
type Events<Specs extends Record<string, EventSpec>> = {
  readonly [Key in keyof Specs]: EventDefinition<Specs[Key]['data']>;
};

/** The events of a domain. A key is how code calls an event; a new version of a name is an entry of its own. */
export function defineEvents<Specs extends Record<string, EventSpec>>(domain: Domain, specs: Specs): Events<Specs> {
  const definitions = Object.entries(specs).map(([key, { version = 1, ...spec }]): [string, EventDefinition] => [
    key,
    { ...spec, version, domain, type: `com.holdfast.${spec.name}.v${version}` },
  ]);
  return Object.fromEntries(definitions) as Events<Specs>;
}

/** What an event is about: the order, the variant, as it is after the change. */
export type Aggregate = { readonly tenantId: string; readonly id: string; readonly version: number };

/** Makes an event and checks its data against the schema; a mismatch is a bug and throws. */
export function makeEvent<Data extends z.ZodType>(
  definition: EventDefinition<Data>,
  { tenantId, id, version }: Aggregate,
  { now, newEventId, cause }: Stamp,
  data: z.input<Data>,
): DomainEvent {
  return {
    specversion: '1.0',
    id: newEventId(),
    source: `/holdfast/${definition.domain}`,
    type: definition.type,
    subject: id,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    tenantid: tenantId,
    partitionkey: id,
    aggregateversion: version,
    ...(cause.correlationId ? { correlationid: cause.correlationId } : {}),
    ...(cause.causationId ? { causationid: cause.causationId } : {}),
    ...(cause.traceparent ? { traceparent: cause.traceparent } : {}),
    data: definition.data.parse(data) as Record<string, unknown>,
  };
}

/** The cause that an event is of what follows from it. */
export function causeOf({ id, correlationid, traceparent }: DomainEvent): Cause {
  return { correlationId: correlationid, causationId: id, traceparent };
}

/** True when the event is of this definition's name and version. */
export function isEvent<Data extends z.ZodType>(
  event: DomainEvent,
  definition: EventDefinition<Data>,
): event is DomainEvent<z.output<Data> & Record<string, unknown>> {
  return event.type === definition.type;
}

/** Splits `com.holdfast.order.placed.v1` into its name and major version; undefined when it is not of that form. */
export function parseEventType(type: string): { name: string; version: number } | undefined {
  const match = /^com\.holdfast\.([a-z_]+\.[a-z_]+)\.v(\d+)$/.exec(type);
  return match ? { name: match[1]!, version: Number(match[2]) } : undefined;
}
