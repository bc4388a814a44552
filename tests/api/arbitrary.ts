// Inputs from JSON schemas: what fits, what nearly fits and what was never meant to be sent.
import fc, { type Arbitrary } from 'fast-check';
import { resolve, type Schema } from './operations.ts';

/** Texts that somebody would send who means harm, or whose keyboard is odd. */
const hostileTexts = [
  '',
  ' ',
  '{"$ne":null}',
  '$where',
  '__proto__',
  'constructor',
  "'; DROP TABLE users; --",
  '../../../../etc/passwd',
  '%00%2e%2e%2f',
  '<script>alert(1)</script>',
  '#{7*7}{{7*7}}',
  "=cmd|' /C calc'!A0",
  'x'.repeat(5_000),
  '\u202e\u0000\u0007',
  '\ud83d',
  '\u{1f9f6}'.repeat(40),
  'İıſ\u0301\ufeff',
  '(a+)+$'.repeat(20),
  '-0',
  '1e999',
  'NaN',
  '2026-02-30T25:61:61Z',
];
export const hostileText = fc.constantFrom(...hostileTexts);
const hostileNumber = fc.constantFrom(0, -0, -1, 0.1, 1e21, 2 ** 53, -(2 ** 53), 2 ** 31, Number.MAX_VALUE, 5e-324);
/** Anything that JSON can hold. */
export const hostile: Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom(null, true, [], {}, [[]], { $ne: null }, { $gt: '' }, { _bsontype: 'Long' }, { length: 1e9 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values of fields whose rules no schema tells. */
const knownValues: Record<string, string[]> = {
  currency: ['EUR', 'EUR', 'EUR', 'USD', 'JPY', 'KWD', 'XXX'],
  timeZone: ['Europe/Oslo', 'UTC', 'Asia/Kolkata', 'Mars/Olympus'],
  country: ['NO', 'DE', 'ZZ'],
};

/** The id that belongs into a field of this name; undefined for a field that holds none. */
type IdOf = (field: string) => string | undefined;
/** What is known of the value beside its schema. */
type Known = { idOf: IdOf; example?: unknown };

function textOf({ format, pattern, minLength = 0, maxLength = 40 }: Schema): Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'email') return fc.oneof(fc.emailAddress(), fc.stringMatching(/^[a-z]{3,12}@[a-z]{3,8}\.example$/));
  if (format === 'uri') return fc.webUrl({ validSchemes: ['https'] });
  const lengths = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) };
  const free = fc.oneof(
    fc.string({ unit: 'grapheme', ...lengths }),
    fc.string({ unit: 'grapheme-ascii', ...lengths }),
    fc.stringMatching(new RegExp(`^[A-Za-z]{${Math.max(1, minLength)},40}$`)),
  );
  if (pattern === undefined) return free;
  try {
    return fc.stringMatching(new RegExp(pattern), { maxLength: Math.min(maxLength, 60) });
  } catch {
    // Not every pattern can be turned around; these are then only nearly valid.
    return free;
  }
}

function listOf({ items = {}, minItems = 0, maxItems = 3 }: Schema, { idOf, example }: Known): Arbitrary<unknown[]> {
  return fc.array(validOf(items, '', { idOf, example: Array.isArray(example) ? example[0] : undefined }), {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, 3)),
  });
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema, known: Known): Arbitrary<object> {
  const { idOf } = known;
  const example = (known.example ?? {}) as Record<string, unknown>;
  const fields = Object.entries(properties).map(([name, field]) => {
    const value = validOf(field, name, { idOf, example: example[name] });
    // Some fields have rules that no schema tells: what the example has is among what is sent.
    return [name, name in example ? fc.oneof(value, fc.constant(example[name])) : value] as const;
  });
  if (fields.length === 0 && typeof additionalProperties === 'object')
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), validOf(additionalProperties, '', { idOf }), {
      maxKeys: 3,
    });
  return fc.record(Object.fromEntries(fields), { requiredKeys: required });
}

/** Values that fit the schema, as far as a schema tells. */
export function validOf(given: Schema, field: string, known: Known): Arbitrary<unknown> {
  const schema = resolve(given);
  const id = known.idOf(field);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => validOf(one, field, known)));
  const { minimum = 0, maximum = 1_000 } = schema;
  switch (schema.type) {
    case 'string':
      if (knownValues[field]) return fc.constantFrom(...knownValues[field]);
      return id === undefined ? textOf(schema) : fc.constant(id);
    case 'integer':
      return fc.oneof(
        fc.integer({ min: Math.max(minimum, -1_000), max: Math.min(maximum, 1_000) }),
        fc.constant(minimum),
      );
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return listOf(schema, known);
    default:
      return objectOf(schema, known);
  }
}

/** Texts for a query or path: valid ones, the bounds and beyond, and hostile ones. */
export function parameterOf(schema: Schema, field: string, idOf: IdOf): Arbitrary<string> {
  return fc.oneof(
    { arbitrary: validOf(schema, field, { idOf }).map(String), weight: 9 },
    { arbitrary: fc.constantFrom('0', '-1', '1.5', '101', 'true', 'null'), weight: 1 },
    { arbitrary: hostileText, weight: 2 },
  );
}
