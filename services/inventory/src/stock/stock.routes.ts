// HTTP routes of stock: parse, authorise, call, answer.
// Invariant: a customer learns what is available of what is for sale, at most 10, and nothing from which a merchant's
// volume could be read; a variant that is not for sale is to a customer like one that does not exist.
import { inventoryApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerList, registerOperation } from '@holdfast/shared/http';
import { availableForCustomer } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import {
  listStock,
  type PurchasedStock,
  type PurchasingDeps,
  type ReadStockDeps,
  readStock,
  type Stock,
  withPurchasing,
} from './read-stock.ts';
import { availableOf } from './stock-level.ts';
import { type UpdateStockDeps, updateStock } from './update-stock.ts';

function toResponse({ levels, sku: _sku, incoming, ...stock }: PurchasedStock) {
  const locations = levels.map((level) => {
    const { locationId, onHand, reserved, version } = level;
    const coming = incoming.get(locationId) ?? 0;
    return { locationId, onHand, reserved, available: availableOf(level), incoming: coming, version };
  });
  // Something comes to where nothing ever was.
  const known = new Set(levels.map(({ locationId }) => locationId));
  const expecting = [...incoming].filter(([locationId, quantity]) => quantity > 0 && !known.has(locationId));
  const blank = { onHand: 0, reserved: 0, available: 0, version: 0 };
  return {
    ...stock,
    incoming: [...incoming.values()].reduce((sum, quantity) => sum + quantity, 0),
    locations: [...locations, ...expecting.map(([locationId, coming]) => ({ ...blank, locationId, incoming: coming }))],
  };
}

export type StockRoutesDeps = ReadStockDeps & PurchasingDeps & UpdateStockDeps;

export function registerStockRoutes(app: FastifyInstance, deps: StockRoutesDeps): void {
  const bought = async (stock: Stock, tenantId: string) => (await withPurchasing([stock], { tenantId }, deps))[0]!;
  registerOperation(app, inventoryApi.readStock, async ({ params, auth }) => {
    const seesAll = auth.permissions.has('stock:read');
    const stock = await readStock(params.variantId, { onlyForSale: !seesAll }, deps);
    if (!stock) throw new DomainError('not_found');
    if (seesAll) {
      return { status: 200, body: toResponse(await bought(stock, auth.tenantId)), etag: stock.version };
    }
    // Without an ETag: the version would tell how often the stock moves.
    const available = availableForCustomer(stock.available);
    return { status: 200, body: { variantId: stock.variantId, available } };
  });

  registerOperation(app, inventoryApi.updateStock, async ({ params, body, auth, expectVersion }) => {
    const command = { tenantId: auth.tenantId, variantId: params.variantId, patch: body, expectVersion };
    const stock = await updateStock(command, deps);
    return { status: 200, body: toResponse(await bought(stock, auth.tenantId)), etag: stock.version };
  });

  registerList(app, inventoryApi.listStock, {
    async list({ query, auth: { tenantId } }, { after, limit }) {
      const listed = await listStock(query, after?.id, limit, deps);
      return withPurchasing(listed, { tenantId, locationId: query.locationId }, deps);
    },
    toResponse,
    placeOf: ({ variantId }) => ({ sort: null, id: variantId }),
  });
}
