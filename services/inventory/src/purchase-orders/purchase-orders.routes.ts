// HTTP routes of purchase orders: parse, authorise, call, answer.
import { purchasesApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type OperationInput, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { type CreatePurchaseOrderDeps, createPurchaseOrder } from './create-purchase-order.ts';
import { createReceipt, type ReceiptDeps, reverseReceipt } from './create-receipt.ts';
import { movePurchaseOrder } from './move-purchase-order.ts';
import { purchaseOrders } from './purchase-order.store.ts';
import { numberOf, openOf, type PurchaseOrder, type Step } from './purchase-order.ts';
import { type ReceiptStore, receipts } from './receipt.store.ts';
import type { Receipt } from './receipt.ts';
import type { Received } from './receive-goods.ts';
import { updatePurchaseOrder } from './update-purchase-order.ts';

export type PurchaseOrderRoutesDeps = CreatePurchaseOrderDeps & ReceiptDeps & { receipts: ReceiptStore };

function toResponse(order: PurchaseOrder) {
  const { expectedAt, createdAt, updatedAt, lines, currency, ...shown } = order;
  return {
    ...shown,
    number: numberOf(order),
    expectedAt: expectedAt?.toISOString(),
    lines: lines.map(({ receivedCost, ...line }) => ({
      ...line,
      open: openOf(order, line as PurchaseOrder['lines'][number]),
      actualUnitCost: line.received > 0 ? { amount: Math.round(receivedCost / line.received), currency } : undefined,
    })),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

function toReceipt({ createdAt, reversedAt, lines, ...receipt }: Receipt, currency: string) {
  const variance = lines.reduce((sum, line) => sum + line.variance, 0);
  return {
    ...receipt,
    lines: lines.map((line) => ({ ...line, variance: { amount: line.variance, currency } })),
    variance: { amount: variance, currency },
    createdAt: createdAt.toISOString(),
    reversedAt: reversedAt?.toISOString(),
  };
}

const found = (order: PurchaseOrder) => ({ body: toResponse(order), etag: order.version });
const receiptFound = ({ receipt, order }: Received) => ({
  body: { ...toReceipt(receipt, order.currency), purchaseOrder: toResponse(order) },
  etag: receipt.version,
});

export function registerPurchaseOrderRoutes(app: FastifyInstance, deps: PurchaseOrderRoutesDeps): void {
  const read = async (tenantId: string, id: string) => {
    const order = await deps.purchaseOrders.read({ tenantId, id });
    if (!order) throw new DomainError('not_found');
    return order;
  };

  registerList(app, purchasesApi.listPurchaseOrders, {
    list: ({ query: { status, supplierId } }, page) => deps.purchaseOrders.list({ status, supplierId }, page),
    toResponse,
    placeOf: purchaseOrders.placeOf,
  });

  registerOperation(app, purchasesApi.createPurchaseOrder, async ({ auth, body, idempotencyKey, log }) => {
    const { created, replayed } = await createPurchaseOrder({ caller: auth, body, requestKey: idempotencyKey }, deps);
    const { tenantId, id: purchaseOrderId } = created;
    if (!replayed) log.info({ tenantId, purchaseOrderId }, 'purchase order drafted');
    const headers = { location: `/v1/purchase-orders/${purchaseOrderId}` };
    return { status: 201, ...found(created), headers, replayed };
  });

  registerOperation(app, purchasesApi.readPurchaseOrder, async ({ auth, params }) => {
    return { status: 200, ...found(await read(auth.tenantId, params.id)) };
  });

  registerOperation(app, purchasesApi.updatePurchaseOrder, async ({ auth, params, body, expectVersion }) => {
    const changed = await updatePurchaseOrder({ caller: auth, id: params.id, expectVersion, patch: body }, deps);
    return { status: 200, ...found(changed) };
  });

  registerOperation(app, purchasesApi.readPurchaseOrderTimeline, async ({ auth, params }) => {
    const { timeline } = await read(auth.tenantId, params.id);
    const data = timeline.map(({ requestHash: _hash, version: _version, at, ...entry }) => {
      return { ...entry, at: at.toISOString() };
    });
    return { status: 200, body: { data } };
  });

  type StepInput = Pick<
    OperationInput<typeof purchasesApi.sendPurchaseOrder>,
    'auth' | 'params' | 'idempotencyKey' | 'correlation' | 'log'
  >;
  const move = async (input: StepInput, step: Step) => {
    const { auth: caller, params, idempotencyKey: key, correlation: cause, log } = input;
    const { order, replayed } = await movePurchaseOrder({ caller, id: params.id, step, key, cause }, deps);
    const { tenantId, id: purchaseOrderId, status } = order;
    if (!replayed) log.info({ tenantId, purchaseOrderId, status }, 'purchase order moved');
    return { status: 200, ...found(order), replayed };
  };
  registerOperation(app, purchasesApi.sendPurchaseOrder, (input) => move(input, 'send'));
  registerOperation(app, purchasesApi.confirmPurchaseOrder, (input) => move(input, 'confirm'));
  registerOperation(app, purchasesApi.cancelPurchaseOrder, (input) => move(input, 'cancel'));
  registerOperation(app, purchasesApi.closePurchaseOrder, (input) => move(input, 'close'));

  registerList(app, purchasesApi.listReceipts, {
    async list({ auth, params }, page) {
      const { currency } = await read(auth.tenantId, params.id);
      const listed = await deps.receipts.list({ purchaseOrderId: params.id }, page);
      return listed.map((receipt) => ({ receipt, currency }));
    },
    toResponse: ({ receipt, currency }) => toReceipt(receipt, currency),
    placeOf: ({ receipt }) => receipts.placeOf(receipt),
  });

  registerOperation(app, purchasesApi.createReceipt, async (input) => {
    const { auth: caller, params, body, idempotencyKey, correlation: cause, log } = input;
    const command = { caller, purchaseOrderId: params.id, key: idempotencyKey!, lines: body.lines, cause };
    const received = await createReceipt(command, deps);
    const { id: receiptId, tenantId, purchaseOrderId } = received.receipt;
    if (!received.replayed) log.info({ tenantId, purchaseOrderId, receiptId }, 'goods received');
    return { status: 201, ...receiptFound(received), replayed: received.replayed };
  });

  registerOperation(app, purchasesApi.reverseReceipt, async (input) => {
    const { auth: caller, params, idempotencyKey: key, correlation: cause, log } = input;
    const { id: purchaseOrderId, receiptId } = params;
    const reversed = await reverseReceipt({ caller, purchaseOrderId, receiptId, key, cause }, deps);
    const { tenantId } = reversed.receipt;
    if (!reversed.replayed) log.info({ tenantId, purchaseOrderId, receiptId }, 'receipt reversed');
    return { status: 200, ...receiptFound(reversed), replayed: reversed.replayed };
  });
}
