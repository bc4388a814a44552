// The HTTP contract of auth for a business as a whole.
import { z } from 'zod';
import { currencyField, nameField, timeField, timeZoneField } from '../fields.ts';
import { defineApi } from '../operation.ts';
import { settingsFields, tenantSettings } from './settings.ts';

export const tenantAnswer = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    currency: z.string(),
    timeZone: z.string(),
    settings: tenantSettings,
    version: z.int(),
    createdAt: timeField,
  })
  .meta({ id: 'Tenant' });

export const tenantApi = defineApi('auth', 'Business', {
  readTenant: {
    method: 'GET',
    path: '/v1/tenant',
    summary: 'The business of the caller',
    access: 'session',
    statuses: [200],
    answer: tenantAnswer,
  },
  updateTenant: {
    method: 'PATCH',
    path: '/v1/tenant',
    summary: 'Change the name, time zone and settings of the business (merge patch)',
    description:
      'In force everywhere within 10 seconds. The currency can be changed until the first order; then it is what reports are in. Of the settings, this release acts on `decisionWindowSeconds` and `priceStalenessSeconds`; the others are kept, and told to the services.',
    access: ['tenant:manage'],
    body: z
      .strictObject({
        name: nameField,
        currency: currencyField,
        timeZone: timeZoneField,
        settings: z.strictObject(settingsFields).partial(),
      })
      .partial(),
    statuses: [200],
    answer: tenantAnswer,
    errors: ['stale_version', 'currency_locked'],
    example: { timeZone: 'Europe/Oslo', settings: { priceStalenessSeconds: 300 } },
  },
  closeTenant: {
    method: 'POST',
    path: '/v1/tenant/close',
    summary: 'Close the business',
    description:
      'The slug has to be typed once more. Within 5 seconds every session and socket ends, and from then on signing in is answered as for a business that does not exist. Nothing is deleted: the operator of the installation can reopen it.',
    access: ['tenant:close'],
    body: z.strictObject({ slug: z.string().min(1).max(64) }),
    statuses: [202],
    answer: z.object({ id: z.string(), slug: z.string(), status: z.literal('closed') }).meta({ id: 'ClosedTenant' }),
    errors: ['slug_mismatch'],
    example: { slug: 'fjord' },
  },
});
