// One frozen sample of every event and version: what a stream holds today must be readable for ever.
// A sample is never edited. A change that breaks one needs a new version of the event, with a sample of its own.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { allEvents, type DomainEvent, envelope } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const contracts = join(import.meta.dirname, '../../packages/shared/src/contracts');
const sampleFiles = globSync('*/samples/*.json', { cwd: contracts }).sort();
const sampleOf = (file: string) => JSON.parse(readFileSync(join(contracts, file), 'utf8')) as DomainEvent;

type Schema = { type?: string; properties?: Record<string, Schema>; items?: Schema; $ref?: string; $defs?: Schemas };
type Schemas = Record<string, Schema>;

/** The paths of all fields that a schema names, `lines[].variantId`; a map of free keys is one field. */
function declared(schema: Schema, defs: Schemas = schema.$defs ?? {}, path = ''): string[] {
  if (schema.$ref) return declared(defs[schema.$ref.replace('#/$defs/', '')]!, defs, path);
  if (schema.items) return declared(schema.items, defs, `${path}[]`);
  if (!schema.properties) return [path];
  return Object.entries(schema.properties).flatMap(([name, field]) => declared(field, defs, `${path}.${name}`));
}

/** The paths of all fields that a value has, as far as the declared ones reach. */
function present(value: unknown, known: ReadonlySet<string>, path = ''): string[] {
  if (known.has(path)) return [path];
  if (Array.isArray(value)) return value.flatMap((item) => present(item, known, `${path}[]`));
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([name, field]) => present(field, known, `${path}.${name}`));
}

it('every event has exactly one sample, and every sample is of an event', () => {
  const expected = allEvents.map(({ domain, name, version }) => `${domain}/samples/${name}.v${version}.json`);
  const advice = 'a new event needs a sample; an event that once was published is never removed from the contracts';
  expect(sampleFiles, advice).toEqual(expected.sort());
});

describe.each(allEvents.map((event) => [event.type, event] as const))('%s', (type, { domain, name, version, data }) => {
  const readSample = () => sampleOf(`${domain}/samples/${name}.v${version}.json`);

  it('its sample is such an event of its domain', () => {
    const sample = readSample();
    expect(envelope.safeParse(sample).error).toBeUndefined();
    expect([sample.type, sample.source, sample.partitionkey]).toEqual([type, `/holdfast/${domain}`, sample.subject]);
  });

  it('its sample still fits: no field became required, narrower or another type', () => {
    const sample = readSample();
    const parsed = data.safeParse(sample.data);
    expect(parsed.error?.message, 'do not edit the sample: publish a new version of the event').toBeUndefined();
    expect(parsed.data).toEqual(sample.data);
  });

  it('its sample has no field that the contract no longer names', () => {
    const sample = readSample();
    const known = new Set(declared(z.toJSONSchema(data) as Schema));
    const gone = present(sample.data, known).filter((path) => path !== '' && !path.endsWith('[]') && !known.has(path));
    expect(gone, 'readers may rely on it: a field goes only with a new version').toEqual([]);
  });
});

it('samples hold no name, e-mail or address of a person', () => {
  for (const file of sampleFiles) {
    const text = readFileSync(join(contracts, file), 'utf8');
    expect([basename(file), /@|address|email|"note"|metadata/i.test(text)]).toEqual([basename(file), false]);
  }
});
