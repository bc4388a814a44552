// Field types that several contracts share. Bodies and queries are strict objects: an unknown field is refused.
import { z } from 'zod';
import { lineQuantityMax, metadataKeysMax } from './bounds.ts';

/** Any id in a path: what is not ours is unknown (404), never malformed. */
export const idField = z.string().min(1).max(64).describe('An opaque id with a type prefix.');
export const idParams = z.strictObject({ id: idField });
export const timeField = z.iso.datetime().describe('RFC 3339, UTC.');
export const currencyField = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('An ISO 4217 code.');

export const moneyField = z
  .strictObject({
    amount: z.int().min(0).max(100_000_000_000).describe('Minor units, an integer.'),
    currency: currencyField,
  })
  .meta({ id: 'Money' });
/** As moneyField, for answers: a total may be larger than one price. */
export const totalField = z.object({ amount: z.int(), currency: currencyField }).meta({ id: 'Total' });

export const quantityField = z.int().min(1).max(lineQuantityMax);
export const noteField = z.string().max(2_000);

const metadataKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .refine((key) => key !== '__proto__' && key !== 'constructor' && key !== 'prototype', 'is reserved');
export const metadataField = z
  .record(metadataKey, z.union([z.string().max(500), z.number(), z.boolean(), z.null()]))
  .refine((fields) => Object.keys(fields).length <= metadataKeysMax, `has more than ${metadataKeysMax} keys`)
  .describe(`At most ${metadataKeysMax} keys [A-Za-z0-9_-]{1,64} with scalar values.`);

/** `?limit=` and `?cursor=` of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('Items on a page, 1 to 100.'),
  cursor: z.string().min(1).max(1_000).optional().describe('`nextCursor` of the page before.'),
};

/** The answer of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}
