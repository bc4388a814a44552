// HTTP route of quotes.
import { quotesApi } from '@holdfast/shared/contracts';
import { registerOperation } from '@holdfast/shared/http';
import { availableForCustomer } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import { assertMayCharge } from '../orders/orders.routes.ts';
import type { PriceOrderDeps } from '../orders/price-order.ts';
import type { AskAvailability } from './ask-availability.ts';
import { quoteOrder } from './quote-order.ts';

export type QuoteRoutesDeps = PriceOrderDeps & { askAvailability: AskAvailability };

export function registerQuoteRoutes(app: FastifyInstance, deps: QuoteRoutesDeps): void {
  registerOperation(app, quotesApi.quoteOrder, async ({ body, auth }) => {
    if (body.charges !== undefined) assertMayCharge(auth);
    const onlyForSale = !auth.permissions.has('orders:create');
    const { quotedAt, ...quote } = await quoteOrder({ tenantId: auth.tenantId, onlyForSale, ...body }, deps);
    const seesStock = auth.permissions.has('stock:read');
    const lines = quote.lines.map((line) => {
      return seesStock ? line : { ...line, available: availableForCustomer(line.available) };
    });
    return { status: 200, body: { ...quote, lines, quotedAt: quotedAt.toISOString() } };
  });
}
