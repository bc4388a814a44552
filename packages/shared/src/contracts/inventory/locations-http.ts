// The HTTP contract of locations: where a tenant keeps its stock.
import { z } from 'zod';
import { locationPriorityMax, locationsMax } from '../bounds.ts';
import { idParams, nameField, timeField } from '../fields.ts';
import { defineApi, list, noContent } from '../operation.ts';

export const locationAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    priority: z.int().describe('Orders are served from the lowest first; equal ones serve with the fewest parcels.'),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'Location' });

const priorityField = z.int().min(1).max(locationPriorityMax);

export const locationsApi = defineApi('inventory', 'Inventory', {
  listLocations: list({
    path: '/v1/locations',
    summary: 'Where stock is kept, by id',
    access: ['stock:read'],
    item: locationAnswer,
  }),
  createLocation: {
    method: 'POST',
    path: '/v1/locations',
    summary: 'Add a location',
    description: `A tenant has at most ${locationsMax}. Without a \`priority\` it comes after all others.`,
    access: ['locations:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({ name: nameField, priority: priorityField.optional() }),
    statuses: [201],
    answer: locationAnswer,
    errors: ['location_taken', 'too_many_locations', 'idempotency_key_reused'],
    example: { name: 'Warehouse North', priority: 1 },
  },
  readLocation: {
    method: 'GET',
    path: '/v1/locations/:id',
    summary: 'One location',
    access: ['stock:read'],
    params: idParams,
    statuses: [200],
    answer: locationAnswer,
  },
  updateLocation: {
    method: 'PATCH',
    path: '/v1/locations/:id',
    summary: 'Rename a location, or change when it serves',
    access: ['locations:write'],
    params: idParams,
    body: z.strictObject({ name: nameField.optional(), priority: priorityField.optional() }),
    statuses: [200],
    answer: locationAnswer,
    errors: ['location_taken', 'stale_version'],
    example: { priority: 2 },
  },
  deleteLocation: {
    method: 'DELETE',
    path: '/v1/locations/:id',
    summary: 'Remove a location that is empty',
    description:
      'Its movements stay readable. The first location of a tenant stays: new variants get their stock there.',
    access: ['locations:write'],
    params: idParams,
    statuses: [204],
    answer: noContent,
    errors: ['last_location', 'location_has_stock', 'stale_version'],
  },
});
