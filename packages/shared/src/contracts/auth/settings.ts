// The settings of a business: what they may be, and what holds where nothing else was set.
import { z } from 'zod';
import { priceStaleness } from '../bounds.ts';
import { ratePlans } from '../rate-plans.ts';

/** Who pays before an order is confirmed. */
export const paymentPolicies = ['none', 'before_confirm'] as const;
/** What counts towards the reorder level: stock and open purchase orders, stock alone; or no alerts at all. */
const lowStockPolicies = ['net_of_incoming', 'stock_only', 'off'] as const;

const daySeconds = 86_400;

/** What a business sets itself. */
export const settingsFields = {
  paymentPolicy: z.enum(paymentPolicies).describe('Whether an order is confirmed only once it is paid.'),
  paymentWindowSeconds: z
    .int()
    .min(60)
    .max(30 * daySeconds)
    .describe('How long an order waits for its payment.'),
  decisionWindowSeconds: z
    .int()
    .min(60)
    .max(daySeconds)
    .describe('An order that is not decided after this is cancelled; for orders placed from then on.'),
  overReceiptTolerancePercent: z
    .int()
    .min(0)
    .max(100)
    .describe('How much more than ordered may be received on a purchase order.'),
  priceVarianceTolerancePercent: z
    .int()
    .min(0)
    .max(100)
    .describe('How far a cost may differ from the expected one without notice.'),
  returnWindowDays: z.int().min(0).max(3_650).describe('How long after delivery a customer may ask for a return.'),
  lowStockPolicy: z.enum(lowStockPolicies).describe('What is compared with the reorder level.'),
  priceStalenessSeconds: z
    .int()
    .min(priceStaleness.minSeconds)
    .max(priceStaleness.maxSeconds)
    .describe(
      'While changes of the catalog do not arrive, orders are priced by what is known for so long; then only those whose `expectedTotal` agrees are taken.',
    ),
};

export const tenantSettings = z
  .object({
    ...settingsFields,
    ratePlan: z.enum(ratePlans).describe('Changed by the operator of the installation only.'),
  })
  .meta({ id: 'TenantSettings' });
export type TenantSettings = z.output<typeof tenantSettings>;

export const defaultSettings: TenantSettings = {
  paymentPolicy: 'none',
  paymentWindowSeconds: 1_800,
  decisionWindowSeconds: 900,
  overReceiptTolerancePercent: 0,
  priceVarianceTolerancePercent: 5,
  returnWindowDays: 30,
  lowStockPolicy: 'net_of_incoming',
  priceStalenessSeconds: priceStaleness.defaultSeconds,
  ratePlan: 'standard',
};
