// HTTP routes of stock: parse, authorise, call, answer.
// Invariant: a customer learns what is available of what is for sale, at most 10, and nothing from which a merchant's
// volume could be read; a variant that is not for sale is to a customer like one that does not exist.
import { inventoryApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerList, registerOperation } from '@holdfast/shared/http';
import { availableForCustomer } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import { listStock, type ReadStockDeps, readStock, type Stock } from './read-stock.ts';
import { availableOf } from './stock-level.ts';
import { type UpdateStockDeps, updateStock } from './update-stock.ts';

function toResponse({ levels, sku: _sku, ...stock }: Stock) {
  return {
    ...stock,
    // Purchase orders are what is incoming; there are none yet.
    incoming: 0,
    locations: levels.map((level) => {
      const { locationId, onHand, reserved, version } = level;
      return { locationId, onHand, reserved, available: availableOf(level), version };
    }),
  };
}

export function registerStockRoutes(app: FastifyInstance, deps: ReadStockDeps & UpdateStockDeps): void {
  registerOperation(app, inventoryApi.readStock, async ({ params, auth }) => {
    const seesAll = auth.permissions.has('stock:read');
    const stock = await readStock(params.variantId, { onlyForSale: !seesAll }, deps);
    if (!stock) throw new DomainError('not_found');
    if (seesAll) return { status: 200, body: toResponse(stock), etag: stock.version };
    // Without an ETag: the version would tell how often the stock moves.
    const available = availableForCustomer(stock.available);
    return { status: 200, body: { variantId: stock.variantId, available } };
  });

  registerOperation(app, inventoryApi.updateStock, async ({ params, body, auth, expectVersion }) => {
    const command = { tenantId: auth.tenantId, variantId: params.variantId, patch: body, expectVersion };
    const stock = await updateStock(command, deps);
    return { status: 200, body: toResponse(stock), etag: stock.version };
  });

  registerList(app, inventoryApi.listStock, {
    list: ({ query }, { after, limit }) => listStock(query, after?.id, limit, deps),
    toResponse,
    placeOf: ({ variantId }) => ({ sort: null, id: variantId }),
  });
}
