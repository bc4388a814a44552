// Field types that several contracts share. Bodies and queries are strict objects: an unknown field is refused.
// What is sent in is checked by the rules of today; answers and events only by their shape,
// so that a rule that comes later hides nothing.
import { z } from 'zod';
import {
  emailLengthMax,
  lineQuantityMax,
  metadataKeysMax,
  optionCountMax,
  priceMinorMax,
  skuLengthMax,
} from './bounds.ts';
import { currencyExponent } from './currencies.ts';
import { chargeKinds } from './orders/states.ts';
import { isReservedKey } from './reserved-keys.ts';
import { isOneLine, isVisible, linesField, textField } from './text.ts';

/** Any id in a path: what is not ours is unknown (404), never malformed. */
export const idField = z.string().min(1).max(64).describe('An opaque id with a type prefix.');
export const idParams = z.strictObject({ id: idField });
export const timeField = z.iso
  .datetime('is not a time of RFC 3339 in UTC, ending in Z, such as 2026-01-31T12:00:00Z')
  .describe('RFC 3339, UTC, ending in Z.');

const currencyCode = z.string().regex(/^[A-Z]{3}$/);
const currencyText = 'An ISO 4217 code.';
export const currencyField = currencyCode
  .refine((code) => currencyExponent(code) !== undefined, 'is not a currency of ISO 4217')
  .describe(currencyText);

const moneyOf = (currency: z.ZodString) =>
  z
    .strictObject({
      amount: z.int().min(0).max(priceMinorMax).describe('Minor units, an integer.'),
      currency,
    })
    .meta({ id: 'Money' });
export const moneyField = moneyOf(currencyField);
/** Money in answers and events: of whatever currency it was stored with. */
export const moneyAnswer = moneyOf(currencyCode.describe(currencyText));
/** As moneyAnswer, for totals: one may be larger than a price. */
export const totalField = z
  .object({ amount: z.int(), currency: currencyCode.describe(currencyText) })
  .meta({ id: 'Total' });
export const expectedTotalField = z.strictObject({ amount: z.int().min(0), currency: currencyField });

/** Beside the lines of an order. What a discount takes off is negative, what the others add is not. */
export const chargeField = z
  .strictObject({
    kind: z.enum(chargeKinds),
    label: textField({ max: 100 }).describe('As it stands on a bill.'),
    amount: z.strictObject({
      amount: z.int().min(-priceMinorMax).max(priceMinorMax).describe('Minor units; of a discount below 0.'),
      currency: currencyField,
    }),
  })
  .superRefine(({ kind, amount: { amount } }, context) => {
    const isRight = kind === 'discount' ? amount < 0 : amount >= 0;
    if (isRight) return;
    const message = kind === 'discount' ? 'a discount is below 0' : 'only a discount is below 0';
    context.addIssue({ code: 'custom', path: ['amount', 'amount'], message });
  });
export const chargeAnswer = z
  .object({ kind: z.enum(chargeKinds), label: z.string(), amount: totalField })
  .meta({ id: 'Charge' });

export const quantityField = z.int().min(1).max(lineQuantityMax);
export const noteField = linesField({ max: 2_000 });

export const slugField = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{1,38}[a-z0-9])$/, 'is 3 to 40 of a-z, 0-9 and -');
/** Blanks around an address are a slip of the keyboard, not a flaw; the bound comes before the pattern. */
export const emailField = z.string().trim().max(emailLengthMax).pipe(z.email());
export const nameField = textField({ max: 200 });
export const passwordField = z
  .string()
  .min(8)
  .max(1_000, { abort: true })
  .refine(isOneLine, 'must be one line of text without control characters')
  .refine(isVisible, 'must not be blank');

/**
 * Whatever the runtime's time zone database knows, also by an older or a newer name. An offset is not a zone:
 * it has no summer time.
 */
export const timeZoneField = z.string().max(64, { abort: true }).refine(isTimeZone, 'is not an IANA time zone');

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A record whose keys are counted before the first of them is looked at. */
export function recordField<Key extends z.ZodType<string, string>, Value extends z.ZodType>(
  key: Key,
  value: Value,
  keysMax: number,
) {
  return z.preprocess(
    (record: Record<z.input<Key>, z.input<Value>>, context) => {
      if (!hasMoreKeys(record, keysMax)) return record;
      const issue = { code: 'too_big', origin: 'object', maximum: keysMax, input: record } as const;
      context.addIssue({ ...issue, message: `has more than ${keysMax} keys` });
      return z.NEVER;
    },
    z.record(key, value),
  );
}

/** Also asked of what is no object at all: nothing was validated yet. */
function hasMoreKeys(record: unknown, keysMax: number): boolean {
  if (record === null || typeof record !== 'object') return false;
  let count = 0;
  for (const _key in record) {
    count += 1;
    if (count > keysMax) return true;
  }
  return false;
}

const metadataKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .refine((key) => !isReservedKey(key), 'is reserved');
const metadataText = `At most ${metadataKeysMax} keys [A-Za-z0-9_-]{1,64} with scalar values.`;
const scalarOf = (text: z.ZodString) => z.union([text, z.number(), z.boolean(), z.null()]);
export const metadataField = recordField(metadataKey, scalarOf(linesField({ max: 500 })), metadataKeysMax).describe(
  metadataText,
);
export const metadataAnswer = z.record(z.string(), scalarOf(z.string())).describe(metadataText);

/** Trimmed and NFC, else as it was typed; the catalog compares SKUs without regard to case. */
export const skuField = z
  .string()
  .max(skuLengthMax * 4, { abort: true })
  .normalize('NFC')
  .trim()
  .max(skuLengthMax, { abort: true })
  .regex(
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,${skuLengthMax - 1}}$`),
    `is 1 to ${skuLengthMax} of letters, digits and . _ / -`,
  );

export const optionName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9 _-]{0,31}$/)
  .refine((name) => !isReservedKey(name), 'is reserved');
const optionValue = textField({ max: 64 });
/** Names are compared whatever their case, so that two of one record must differ by more. */
const haveOwnNames = (options: object) => {
  const names = Object.keys(options).map((name) => name.toLowerCase());
  return new Set(names).size === names.length;
};
const sameName = 'has two names that differ by nothing but their case';
/** What one variant has of each option. */
export const optionValues = recordField(optionName, optionValue, optionCountMax).refine(haveOwnNames, sameName);
const valuesOfOption = z.array(optionValue).min(1).max(50);
/** What the variants of a product choose from. */
export const optionsField = recordField(optionName, valuesOfOption, optionCountMax).refine(haveOwnNames, sameName);
/** null removes an option: as many may go as come. */
export const optionsPatch = recordField(optionName, valuesOfOption.nullable(), optionCountMax * 2).refine(
  haveOwnNames,
  sameName,
);

const countryField = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .describe('ISO 3166-1 alpha-2.');
const addressOf = (text: (bounds: { min?: number; max: number }) => z.ZodString) =>
  z
    .strictObject({
      name: text({ max: 200 }),
      line1: text({ max: 200 }),
      line2: text({ max: 200 }).optional(),
      city: text({ max: 200 }),
      region: text({ max: 200 }).optional(),
      postalCode: text({ max: 20 }).optional(),
      country: countryField,
      phone: text({ min: 0, max: 40 }).optional(),
    })
    .meta({ id: 'Address' });
/** Merged into an address: null removes a field. */
export const addressPatch = z.strictObject({
  name: textField({ max: 200 }).nullable().optional(),
  line1: textField({ max: 200 }).nullable().optional(),
  line2: textField({ max: 200 }).nullable().optional(),
  city: textField({ max: 200 }).nullable().optional(),
  region: textField({ max: 200 }).nullable().optional(),
  postalCode: textField({ max: 20 }).nullable().optional(),
  country: countryField.nullable().optional(),
  phone: textField({ min: 0, max: 40 }).nullable().optional(),
});

/** Not every country has postal codes or regions; whether an address is complete is the merchant's matter. */
export const addressField = addressOf(textField);
export const addressAnswer = addressOf(({ min = 1, max }) => z.string().min(min).max(max));

/** A number in a query: decimal digits, nothing else that JavaScript would take for a number. */
export function decimalOf<Field extends z.ZodType>(field: Field) {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^(?:0|[1-9]\d{0,11})$/.test(text) ? Number(text) : text),
    field,
  );
}

const limitText = 'is not a whole number from 1 to 100 in decimal digits';
/** `?limit=` and `?cursor=` of every list. */
export const pageQuery = {
  limit: decimalOf(z.int(limitText).min(1, limitText).max(100, limitText).default(20)).describe(
    'Items on a page, 1 to 100; fewer where they come to more than 1 MB.',
  ),
  cursor: z.string().min(1).max(1_000).optional().describe('`nextCursor` of the page before.'),
};

/** The answer of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}
