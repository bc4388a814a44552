import { accessApi } from './auth/access-http.ts';
import { authEvents } from './auth/events.ts';
import { authApi } from './auth/http.ts';
import { mailApi } from './auth/mail-http.ts';
import { tenantApi } from './auth/tenant-http.ts';
import { bulkApi } from './catalog/bulk-http.ts';
import { categoriesApi } from './catalog/categories-http.ts';
import { catalogEvents } from './catalog/events.ts';
import { exportsApi } from './catalog/exports-http.ts';
import { catalogApi } from './catalog/http.ts';
import { importsApi } from './catalog/imports-http.ts';
import type { Domain, EventDefinition } from './event.ts';
import { adjustmentsApi } from './inventory/adjustments-http.ts';
import { inventoryEvents } from './inventory/events.ts';
import { inventoryApi } from './inventory/http.ts';
import { locationsApi } from './inventory/locations-http.ts';
import { purchasesApi } from './inventory/purchases-http.ts';
import { purchasingEvents } from './inventory/purchasing-events.ts';
import { reconciliationsApi } from './inventory/reconciliations-http.ts';
import { suppliersApi } from './inventory/suppliers-http.ts';
import { transfersApi } from './inventory/transfers-http.ts';
import type { Operation } from './operation.ts';
import { archiveApi } from './orders/archive-http.ts';
import { editsApi } from './orders/edits-http.ts';
import { ordersEvents } from './orders/events.ts';
import { fulfilmentsApi } from './orders/fulfilments-http.ts';
import { ordersApi } from './orders/http.ts';
import { paymentsApi } from './orders/payments-http.ts';
import { providersApi } from './orders/providers-http.ts';
import { quotesApi } from './orders/quotes-http.ts';
import { returnsApi } from './orders/returns-http.ts';

export * from './auth/access-http.ts';
export * from './auth/events.ts';
export * from './auth/http.ts';
export * from './auth/mail-http.ts';
export * from './auth/settings.ts';
export * from './auth/tenant-http.ts';
export * from './bounds.ts';
export * from './catalog/bulk-http.ts';
export * from './catalog/categories-http.ts';
export * from './catalog/category-path.ts';
export * from './catalog/events.ts';
export * from './catalog/exports-http.ts';
export * from './catalog/http.ts';
export * from './catalog/imports-http.ts';
export * from './currencies.ts';
export * from './event.ts';
export * from './event-table.ts';
export * from './fields.ts';
export * from './inventory/adjustments-http.ts';
export * from './inventory/events.ts';
export * from './inventory/http.ts';
export * from './inventory/locations-http.ts';
export * from './inventory/purchases-http.ts';
export * from './inventory/purchasing-events.ts';
export * from './inventory/reconciliations-http.ts';
export * from './inventory/suppliers-http.ts';
export * from './inventory/transfers-http.ts';
export * from './operation.ts';
export * from './orders/archive-http.ts';
export * from './orders/edits-http.ts';
export * from './orders/events.ts';
export * from './orders/fulfilments-http.ts';
export * from './orders/http.ts';
export * from './orders/payment-answers.ts';
export * from './orders/payments-http.ts';
export * from './orders/providers-http.ts';
export * from './orders/quotes-http.ts';
export * from './orders/returns-http.ts';
export * from './orders/states.ts';
export * from './permissions.ts';
export * from './rate-plans.ts';
export * from './realtime/sockets.ts';
export * from './reserved-keys.ts';
export * from './text.ts';

const apis: readonly Readonly<Record<string, Operation>>[] = [
  authApi,
  tenantApi,
  accessApi,
  mailApi,
  catalogApi,
  bulkApi,
  categoriesApi,
  importsApi,
  exportsApi,
  inventoryApi,
  locationsApi,
  reconciliationsApi,
  adjustmentsApi,
  transfersApi,
  suppliersApi,
  purchasesApi,
  ordersApi,
  fulfilmentsApi,
  paymentsApi,
  returnsApi,
  editsApi,
  archiveApi,
  quotesApi,
  providersApi,
];
/** Every operation of the HTTP API. */
export const allOperations: readonly Operation[] = apis.flatMap((api) => Object.values(api));

const events: Readonly<Record<Domain, Readonly<Record<string, EventDefinition>>>> = {
  auth: authEvents,
  catalog: catalogEvents,
  inventory: { ...inventoryEvents, ...purchasingEvents },
  orders: ordersEvents,
};
export const domains = Object.keys(events) as Domain[];
/** Every event that a service publishes. */
export const allEvents: readonly EventDefinition[] = Object.values(events).flatMap((domain) => Object.values(domain));
