// HTTP routes of suppliers and of what they sell: parse, authorise, call, answer.
import { suppliersApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { StockItemStore } from '../stock/stock-item.store.ts';
import { createSupplier } from './create-supplier.ts';
import { deleteSupplierItem, putSupplierItem, type ShownItem, type SupplierItemDeps } from './put-supplier-item.ts';
import { suppliers } from './supplier.store.ts';
import type { Supplier } from './supplier.ts';
import { supplierItems } from './supplier-item.store.ts';
import { deleteSupplier, type SupplierDeps, updateSupplier } from './update-supplier.ts';

export type SupplierRoutesDeps = SupplierDeps & SupplierItemDeps & { items: Pick<StockItemStore, 'readMany'> };

function toResponse({ createdAt, updatedAt, ...supplier }: Supplier) {
  return { ...supplier, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

const found = (supplier: Supplier) => ({ body: toResponse(supplier), etag: supplier.version });

function toItemResponse({ updatedAt, ...item }: ShownItem) {
  return { ...item, updatedAt: updatedAt.toISOString() };
}

export function registerSupplierRoutes(app: FastifyInstance, deps: SupplierRoutesDeps): void {
  registerList(app, suppliersApi.listSuppliers, {
    list: ({ query: { status = 'active' } }, page) => deps.suppliers.list({ status }, page),
    toResponse,
    placeOf: suppliers.placeOf,
  });

  registerOperation(app, suppliersApi.createSupplier, async ({ auth, body, idempotencyKey, log }) => {
    const { created, replayed } = await createSupplier({ caller: auth, body, requestKey: idempotencyKey }, deps);
    const { tenantId, id: supplierId } = created;
    if (!replayed) log.info({ tenantId, supplierId }, 'supplier created');
    return { status: 201, ...found(created), headers: { location: `/v1/suppliers/${supplierId}` }, replayed };
  });

  const read = async (tenantId: string, id: string) => {
    const supplier = await deps.suppliers.read({ tenantId, id });
    if (!supplier) throw new DomainError('not_found');
    return supplier;
  };

  registerOperation(app, suppliersApi.readSupplier, async ({ auth, params }) => {
    return { status: 200, ...found(await read(auth.tenantId, params.id)) };
  });

  registerOperation(app, suppliersApi.updateSupplier, async ({ auth, params, body, expectVersion }) => {
    const changed = await updateSupplier({ caller: auth, id: params.id, expectVersion, patch: body }, deps);
    return { status: 200, ...found(changed) };
  });

  registerOperation(app, suppliersApi.deleteSupplier, async ({ auth, params, expectVersion, log }) => {
    await deleteSupplier({ caller: auth, id: params.id, expectVersion }, deps);
    log.info({ tenantId: auth.tenantId, supplierId: params.id }, 'supplier archived');
    return { status: 204 };
  });

  registerList(app, suppliersApi.listSupplierItems, {
    async list({ auth, params }, page) {
      await read(auth.tenantId, params.id);
      const listed = await deps.supplierItems.list({ supplierId: params.id }, page);
      const known = await deps.items.readMany(listed.map(({ variantId }) => variantId));
      const preferred = new Map(known.map(({ variantId, preferredSupplierId }) => [variantId, preferredSupplierId]));
      return listed.map((item) => ({ ...item, preferred: preferred.get(item.variantId) === item.supplierId }));
    },
    toResponse: toItemResponse,
    placeOf: supplierItems.placeOf,
  });

  registerOperation(app, suppliersApi.putSupplierItem, async ({ auth, params, body, expectVersion }) => {
    const { id: supplierId, variantId } = params;
    const item = await putSupplierItem({ caller: auth, supplierId, variantId, body, expectVersion }, deps);
    return { status: 200, body: toItemResponse(item), etag: item.version };
  });

  registerOperation(app, suppliersApi.deleteSupplierItem, async ({ auth, params, expectVersion }) => {
    const { id: supplierId, variantId } = params;
    await deleteSupplierItem({ caller: auth, supplierId, variantId, expectVersion }, deps);
    return { status: 204 };
  });
}
