// Fields of products and variants that several operations of the catalog share.
import { z } from 'zod';
import { onHandMax, priceMinorMax } from '../bounds.ts';
import { decimalOf, metadataField } from '../fields.ts';
import { linesField, textField } from '../text.ts';
import { categoryField } from './category-path.ts';

export const productStatus = z.enum(['draft', 'active', 'archived']);
export const variantStatus = z.enum(['active', 'archived']);
export const barcodeField = z.string().regex(/^[0-9A-Za-z-]{1,64}$/);
/** Length and host come before the URL is parsed: converting an international host name takes quadratic time. */
const mediaUrl = z
  .string()
  .max(2_000, { abort: true })
  .regex(/^https:\/\/[A-Za-z0-9.:[\]-]{1,253}(?:[/?#]|$)/, {
    error: 'is not an https URL whose host is in ASCII (international names as xn--...)',
    abort: true,
  })
  .pipe(z.url({ protocol: /^https$/ }));

/** Grams of one unit. */
export const weightField = z.int().min(0).max(10_000_000);
/** Text to search for: whatever it holds, it is compared and never run. */
export const searchField = linesField({ max: 16_000 });
/** One end of a range of prices. */
export const priceBoundField = decimalOf(z.int('is not a whole number in decimal digits').min(0).max(priceMinorMax));
/** Up to 100 ids, separated by commas. */
export const idsField = z
  .string()
  .max(100 * 65, { abort: true })
  .refine((ids) => ids.split(',').length <= 100, 'has more than 100 ids');
/** Units to begin with, and the level at which to reorder. */
export const unitsField = z.int().min(0).max(onHandMax);

export const productFields = {
  name: textField({ max: 200 }),
  description: linesField({ max: 10_000 }),
  category: categoryField,
  status: z.enum(['draft', 'active']),
  media: z.array(mediaUrl).max(20),
  metadata: metadataField,
};
