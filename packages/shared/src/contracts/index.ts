import { authOperations } from './auth/http.ts';
import { catalogOperations } from './catalog/http.ts';
import { inventoryOperations } from './inventory/http.ts';
import type { Operation } from './operation.ts';
import { ordersOperations } from './orders/http.ts';

export * from './auth/events.ts';
export * from './auth/http.ts';
export * from './catalog/events.ts';
export * from './catalog/http.ts';
export * from './event.ts';
export * from './event-table.ts';
export * from './fields.ts';
export * from './inventory/events.ts';
export * from './inventory/http.ts';
export * from './operation.ts';
export * from './orders/events.ts';
export * from './orders/http.ts';
export * from './permissions.ts';
export * from './realtime/sockets.ts';

/** Every operation of the HTTP API. */
export const allOperations: readonly Operation[] = [
  ...authOperations,
  ...catalogOperations,
  ...inventoryOperations,
  ...ordersOperations,
];
