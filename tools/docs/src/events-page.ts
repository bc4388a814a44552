// docs/events.md: every event that a service publishes, its fields, and where its sample is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents, consumersOf, type Domain, domains, type EventDefinition } from '@holdfast/shared/contracts';
import { z } from 'zod';
import { page, table } from './table.ts';

const contracts = 'packages/shared/src/contracts';

type Schema = {
  type?: string | string[];
  format?: string;
  enum?: string[];
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema;
  items?: Schema;
  anyOf?: Schema[];
  $ref?: string;
  $defs?: Record<string, Schema>;
};

/** A schema as text: `{ variantId: string, quantity: integer >= 1 }[]`. Optional fields end in `?`. */
function shapeOf(schema: Schema, defs: Record<string, Schema>): string {
  if (schema.$ref) return shapeOf(defs[schema.$ref.replace('#/$defs/', '')]!, defs);
  if (schema.anyOf) return schema.anyOf.map((one) => shapeOf(one, defs)).join(' or ');
  if (schema.enum) return schema.enum.map((value) => `"${value}"`).join(' or ');
  if (schema.items) return `${shapeOf(schema.items, defs)}[]`;
  if (schema.properties) return `{ ${fieldsOf(schema, defs).join(', ')} }`;
  if (schema.type === 'object') return `{ [name]: ${shapeOf(schema.additionalProperties ?? {}, defs)} }`;
  const least = schema.type === 'integer' && schema.minimum !== undefined && schema.minimum >= 0;
  return schema.format === 'date-time'
    ? 'date-time'
    : `${[schema.type].flat().join(' or ')}${least ? ` >= ${schema.minimum}` : ''}`;
}

function fieldsOf({ properties = {}, required = [] }: Schema, defs: Record<string, Schema>): string[] {
  return Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${shapeOf(field, defs)}`,
  );
}

const samplePath = ({ domain, name, version }: EventDefinition) =>
  `${contracts}/${domain}/samples/${name}.v${version}.json`;

function row(event: EventDefinition): string[] {
  const schema = z.toJSONSchema(event.data) as Schema;
  const fields = fieldsOf(schema, schema.$defs ?? {}).map((field) => `\`${field}\``);
  const name = `\`${event.name}\` v${event.version}`;
  return [name, event.summary, fields.join('<br>'), `[sample](../${samplePath(event)})`];
}

function section(domain: Domain): string[] {
  const readers = consumersOf[domain].map((service) => `\`${service}\``).join(', ');
  const rows = allEvents.filter((event) => event.domain === domain).map(row);
  return [`## ${domain}`, `Read by ${readers}.`, table(['event', 'when', 'data', 'sample'], rows)];
}

/** The page about events. */
export function eventsPage(): string {
  const example = allEvents.find(({ name }) => name === 'order.placed')!;
  const sample = readFileSync(join(import.meta.dirname, '../../..', samplePath(example)), 'utf8').trimEnd();
  return page(
    'Events',
    'Domain events are CloudEvents 1.0 in JSON. `type` is `com.holdfast.<event>.v<version>`, `subject` and `partitionkey` are the id of the aggregate, `aggregateversion` is its version after the change, `correlationid` the request that began it and `causationid` the event that it answers. Fields may be added without a new version, so readers ignore what they do not know. An event carries ids, quantities, money and status, never a name, address or note of a person. Every event has a frozen sample that must be readable for ever.',
    `\`\`\`json\n${sample}\n\`\`\``,
    ...domains.flatMap(section),
  );
}
