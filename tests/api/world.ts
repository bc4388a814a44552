// A business with one object of every type, and what the routes call them. A type of object that is added to the API
// and not here makes every suite fail with its name.
import { randomUUID } from 'node:crypto';
import type { Answer, RequestOptions } from '@holdfast/sdk';
import { until } from '@holdfast/shared/testing';
import { expect } from 'vitest';
import { Business, type Person, password } from '../e2e/business.ts';
import { type DescribedOperation, parametersIn } from './operations.ts';
import { parcelOfOperation, populateParcels } from './parcels.ts';
import { populatePurchases, purchaseOfOperation } from './purchases.ts';

export type World = {
  business: Business;
  customer: Person;
  /** By type of object. */
  ids: Record<string, string>;
  /** Part of every name in this business: must be seen nowhere else. */
  canary: string;
};

type Made = { id: string };

/** A business with at least two objects of every type of which there can be two: lists have pages. */
export async function populate(): Promise<World> {
  const business = await Business.signUp();
  const canary = `canary-${randomUUID().slice(0, 13)}`;
  const make = async <Body = Made>(path: string, body: unknown, options: RequestOptions = {}, status = 201) => {
    const answer = await business.call<Body>('POST', path, { key: randomUUID(), body, ...options });
    expect(answer.status, `POST ${path}: ${answer.text}`).toBe(status);
    return answer.body;
  };
  const customer = await business.registerCustomer();
  await business.call('POST', '/v1/auth/login', {
    body: { tenant: business.slug, email: business.owner.email, password },
  });
  const variantsOf = (n: number) =>
    [0, 1].map((m) => ({ sku: `${canary}-${n}${m}`, price: { amount: 100, currency: 'EUR' }, initialStock: 50 }));
  const productOf = (n: number) =>
    make<Made & { variants: Made[] }>('/v1/products', { name: `${canary} ${n}`, variants: variantsOf(n) });
  const [product] = [await productOf(0), await productOf(1)];
  const variant = product.variants[0]!.id;
  await business.untilStock(variant, ({ onHand }) => onHand === 50);
  const [location] = [
    await make('/v1/locations', { name: canary }),
    await make('/v1/locations', { name: `${canary} 2` }),
  ];
  const adjust = () => make('/v1/adjustments', { variantId: variant, delta: 1, reason: 'found' });
  const [adjustment] = [await adjust(), await adjust()];
  const second = await make('/v1/locations', { name: `${canary} 3` });
  const { body: stock } = await business.call<{ locations: { locationId: string }[] }>('GET', `/v1/stock/${variant}`);
  const transfer = (quantity: number) =>
    make('/v1/transfers', {
      fromLocationId: stock.locations[0]!.locationId,
      toLocationId: location.id,
      lines: [{ variantId: variant, quantity }],
      note: canary,
    });
  const [draft, cancelled, shipped] = [await transfer(1), await transfer(1), await transfer(5)];
  await business.call('POST', `/v1/transfers/${shipped.id}/ship`);
  const isReconciled = async () =>
    (await business.all<{ status: string }>('/v1/reconciliations')).every(({ status }) => status === 'done');
  const reconcile = async () => {
    const made = await make('/v1/reconciliations', {}, {}, 202);
    // One runs at a time.
    await until(isReconciled, { what: 'the reconciliation is done' });
    return made;
  };
  const [reconciliation] = [await reconcile(), await reconcile()];
  const place = (token: string, quantity = 1) =>
    make('/v1/orders', { lines: [{ variantId: variant, quantity }], note: canary }, { token });
  const [order] = [await place(customer.token), await place(business.owner.token)];
  const ended = await place(business.owner.token);
  await business.call('POST', `/v1/orders/${ended.id}/cancel`);
  const supply = () => make('/v1/suppliers', { name: canary, currency: 'EUR', notes: canary });
  const [supplier] = [await supply(), await supply()];
  for (const { id } of product.variants) {
    await business.call('PUT', `/v1/suppliers/${supplier.id}/items/${id}`, {
      body: { supplierSku: canary, unitCost: { amount: 50, currency: 'EUR' } },
    });
  }
  const read = async (path: string) => (await business.call<{ lines: { variantId: string }[] }>('GET', path)).body;
  const parcels = await populateParcels(canary, { make, read, place: (quantity) => place(customer.token, quantity) });
  const secret = `whsec_${'A'.repeat(32)}`;
  expect((await business.call('PUT', '/v1/payment-providers/stripe', { body: { secret } })).status).toBe(200);
  for (const amount of [4_000, 1_000]) {
    const paid = { amount: { amount, currency: 'EUR' }, reference: `${canary}-${amount}` };
    await make(`/v1/orders/${order.id}/confirm-payment`, paid, {}, 200);
    const refund = { amount: { amount: 1, currency: 'EUR' }, reason: canary };
    await make(`/v1/orders/${order.id}/payments/refunds`, refund);
  }
  const purchases = await populatePurchases(canary, {
    make,
    supplierId: supplier.id,
    variantIds: product.variants.map(({ id }) => id),
  });
  const file = (name: string) => make('/v1/categories', { name: `${canary} ${name}` });
  const [category] = [await file('a'), await file('b')];
  const role = await make<{ name: string }>('/v1/roles', {
    name: `Role_${randomUUID().slice(0, 8)}`,
    permissions: ['products:read'],
  });
  const key = () => make('/v1/api-keys', { name: canary, permissions: ['products:read'] });
  const [apiKey] = [await key(), await key()];
  const invite = () =>
    make('/v1/users', { name: canary, email: `${canary}-${randomUUID()}@guest.example`, role: 'STAFF', invite: true });
  const [invited] = [await invite(), await invite()];
  const queue = async (path: string, options: RequestOptions) => {
    const { status, body, text } = await business.call<Made>('POST', path, options);
    expect(status, `POST ${path}: ${text}`).toBe(202);
    const read = () => business.call<{ status: string }>('GET', `${path.split('?')[0]}/${body.id}`);
    await until(async () => (await read()).body.status === 'done', { what: `${path} ${body.id} is done` });
    return body;
  };
  const upload = (n: number) => {
    const rawBody = `sku,name,price\n${canary}-i${n},${canary},1.00\n${canary}-j${n},${canary},${canary}\n`;
    return queue('/v1/imports?kind=products', { rawBody, headers: { 'content-type': 'text/csv' } });
  };
  const [imported] = [await upload(0), await upload(1)];
  const download = () => queue('/v1/exports', { body: { kind: 'products', format: 'csv' } });
  const [exported] = [await download(), await download()];
  const [session] = await business.all<Made>('/v1/sessions', customer.token);
  const ids = {
    product: product.id,
    variant,
    category: category.id,
    adjustment: adjustment.id,
    reconciliation: reconciliation.id,
    location: location.id,
    secondLocation: second.id,
    transfer: draft.id,
    transferToCancel: cancelled.id,
    shippedTransfer: shipped.id,
    supplier: supplier.id,
    ...purchases,
    order: order.id,
    endedOrder: ended.id,
    ...parcels,
    tenantSlug: business.slug,
    customer: customer.id,
    invited: invited.id,
    session: session!.id,
    import: imported.id,
    export: exported.id,
    apiKey: apiKey.id,
    role: role.name,
  };
  return { business, customer, ids, canary };
}

/** Which object the path segment before a parameter is about. */
const objectOfSegment: Record<string, string> = {
  products: 'product',
  variants: 'variant',
  categories: 'category',
  stock: 'variant',
  adjustments: 'adjustment',
  reconciliations: 'reconciliation',
  locations: 'location',
  transfers: 'transfer',
  suppliers: 'supplier',
  'purchase-orders': 'purchase',
  receipts: 'receipt',
  items: 'variant',
  orders: 'order',
  fulfilments: 'fulfilment',
  returns: 'return',
  users: 'customer',
  sessions: 'session',
  imports: 'import',
  exports: 'export',
  'api-keys': 'apiKey',
  roles: 'role',
};

/** Where the usual object would do nothing: the operation is for one in another state. */
const objectOfOperation: Record<string, string> = {
  archiveOrder: 'endedOrder',
  cancelTransfer: 'transferToCancel',
  receiveTransfer: 'shippedTransfer',
  sendInvitation: 'invited',
  ...parcelOfOperation,
  ...purchaseOfOperation,
};

function objectOf(segment: string, { operationId }: DescribedOperation): string {
  const special = objectOfOperation[`${operationId} of ${segment}`] ?? objectOfOperation[operationId];
  const object = special ?? objectOfSegment[segment];
  if (!object) throw new Error(`${operationId}: add /${segment} to objectOfSegment, and one to populate`);
  return object;
}

/** Parameters that name no object of a business, and what they are here. */
const namesInPath: Record<string, string> = { provider: 'stripe' };

/** The parameters of its path and the object that each names. */
export function idsInPath(operation: DescribedOperation): { parameter: string; object: string }[] {
  const segments = operation.path.split('/');
  return segments.flatMap((segment, place) => {
    const parameter = /^\{([a-zA-Z]+)\}$/.exec(segment)?.[1];
    if (parameter === undefined || parameter in namesInPath) return [];
    // A parameter that follows another one says itself what it is.
    const object = segments[place - 1]!.startsWith('{') ? parameter : objectOf(segments[place - 1]!, operation);
    return [{ parameter, object }];
  });
}

const objectOfField: Record<string, string> = {
  variantId: 'variant',
  locationId: 'location',
  fromLocationId: 'location',
  toLocationId: 'secondLocation',
  referenceId: 'order',
  orderId: 'order',
  supplierId: 'supplier',
  customerId: 'customer',
  parentId: 'category',
};

/** The object that a field of a query or body names by its id; undefined for a field that holds no id. */
export function idInField(operation: DescribedOperation, field: string): string | undefined {
  if (field === 'ids' || field === 'id') return objectOf(operation.path.split('/')[2]!, operation);
  if (!/Ids?$/.test(field)) return undefined;
  const object = objectOfField[field.replace(/s$/, '')];
  if (!object) throw new Error(`${operation.operationId}: add ${field} to objectOfField, and one to populate`);
  return object;
}

/** The operation's path with these ids. */
export function pathWith(operation: DescribedOperation, ids: Readonly<Record<string, string>>): string {
  return idsInPath(operation).reduce(
    (path, { parameter, object }) => path.replace(`{${parameter}}`, encodeURIComponent(ids[object]!)),
    operation.path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => namesInPath[name] ?? whole),
  );
}

/** The body of the operation's example, in which every id is one of these; undefined where it takes none. */
export function bodyWith(operation: DescribedOperation, ids: Readonly<Record<string, string>>): unknown {
  const fill = (value: unknown, field: string): unknown => {
    const object = typeof value === 'string' ? idInField(operation, field) : undefined;
    if (object) return ids[object];
    if (Array.isArray(value)) return value.map((item) => fill(item, field));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, name)]));
  };
  if (operation.body === undefined) return undefined;
  return fill(operation.body.example ?? exampleOf(operation), '');
}

/** Bodies that the document shows no example of: each would be a secret. */
function exampleOf({ operationId, body }: DescribedOperation): unknown {
  const fields = Object.keys(body!.schema.properties ?? {});
  if (fields.join() === 'refreshToken') return { refreshToken: 'not-a-token-of-anybody' };
  throw new Error(`${operationId} shows no example of its body`);
}

/** What the operation needs in its query: the first of the values that a parameter may have. */
function neededQuery(operation: DescribedOperation): string {
  const needed = parametersIn(operation, 'query').filter(({ required, schema }) => required && schema.enum);
  return needed.length === 0 ? '' : `?${needed.map(({ name, schema }) => `${name}=${schema.enum![0]}`).join('&')}`;
}

/** A valid request for the operation, about objects of this business, as its owner. */
export function ask(world: World, operation: DescribedOperation, options: RequestOptions = {}): Promise<Answer> {
  const { business, ids } = world;
  const body = bodyWith(operation, ids);
  const file = operation.upload && {
    rawBody: operation.upload.example,
    headers: { 'content-type': operation.upload.type },
  };
  const needsKey = parametersIn(operation, 'header').some(
    ({ name, required }) => name === 'Idempotency-Key' && required,
  );
  return business.call(operation.method, pathWith(operation, ids) + neededQuery(operation), {
    ...(body === undefined ? {} : { body }),
    ...file,
    ...(needsKey ? { key: randomUUID() } : {}),
    ...options,
  });
}
