// Every error that a client can see: one row, from which the status, the problem body and docs/errors.md come.
import {
  idempotencyKeyLengthMax,
  metadataKeysMax,
  optionCountMax,
  variantsPerProductMax,
} from '../contracts/bounds.ts';

import { catalogErrors } from './catalog-errors.ts';
import { type ErrorEntry, identityErrors } from './identity-errors.ts';
import { jobErrors } from './job-errors.ts';
import { orderErrors } from './order-errors.ts';
import { paymentErrors } from './payment-errors.ts';
import { stockErrors } from './stock-errors.ts';

export type { ErrorEntry } from './identity-errors.ts';

export const catalogue = {
  ...identityErrors,
  ...catalogErrors,
  ...jobErrors,
  ...stockErrors,
  ...orderErrors,
  ...paymentErrors,
  malformed_json: {
    status: 400,
    title: 'The body is not valid JSON',
    retryable: false,
    explanation: 'The body could not be parsed, or holds a forbidden key such as __proto__.',
  },
  validation_failed: {
    status: 400,
    title: 'The request does not fit its schema',
    retryable: false,
    explanation: '`errors` lists each field with a JSON pointer, a code and a message. Unknown fields are refused.',
  },
  idempotency_key_required: {
    status: 400,
    title: 'An Idempotency-Key header is required',
    retryable: false,
    explanation: 'This operation creates or moves something; send a key of your own so that a retry is safe.',
  },
  invalid_idempotency_key: {
    status: 400,
    title: 'The Idempotency-Key header is not usable',
    retryable: false,
    explanation: `A key has 1 to ${idempotencyKeyLengthMax} visible ASCII characters, bare or as a quoted string.`,
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor is not one of ours',
    retryable: false,
    explanation: 'Send back `nextCursor` unchanged, with the same filters, as the same tenant.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid access token is required',
    retryable: false,
    explanation: 'The token is missing, malformed, expired, revoked or not ours. Sign in or refresh.',
  },
  forbidden: {
    status: 403,
    title: 'Your role does not allow this',
    retryable: false,
    explanation: 'The operation needs a permission that your role does not have.',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing',
    retryable: false,
    explanation: 'The id or path is unknown to your tenant. The id of another tenant is answered in the same way.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method is not available here',
    retryable: false,
    explanation: 'The Allow header lists the methods of this path.',
  },
  not_acceptable: {
    status: 406,
    title: 'Answers are JSON',
    retryable: false,
    explanation: 'Accept names neither application/json nor a range of it. Nothing was done.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    retryable: true,
    explanation: 'The body was not received within the time limit.',
  },
  insufficient_stock: {
    status: 409,
    title: 'Not enough stock',
    retryable: false,
    explanation:
      '`shortages` names each line with what was requested and what is available. Nothing was reserved. With an `orderId` the refusal is final for its Idempotency-Key; without it nothing was stored, and the key may be used again. Of an edit: the order is as it was.',
  },
  price_changed: {
    status: 409,
    title: 'The price has changed',
    retryable: false,
    explanation:
      'The order would cost something else than `expectedTotal`; `total` is the new one. Nothing was stored.',
  },
  order_cancelled: {
    status: 409,
    title: 'The order was cancelled',
    retryable: false,
    explanation: 'It was cancelled before it was decided; `orderId` names it.',
  },
  illegal_transition: {
    status: 409,
    title: 'It cannot change like that now',
    retryable: false,
    explanation:
      '`orderStatus`, `returnStatus`, `transferStatus`, `purchaseOrderStatus` or the like is its state, `allowed` lists the states that it can go to.',
  },
  would_break_reservations: {
    status: 409,
    title: 'Stock is reserved for orders',
    retryable: false,
    explanation:
      'The change would leave less on hand than is reserved; `orderIds` names the orders that hold it. Of a transfer `shortages` names each line with what could be taken.',
  },
  count_is_stale: {
    status: 409,
    title: 'The stock has changed since you counted',
    retryable: false,
    explanation: '`onHand` is what is on hand now; count again, or send it as `expectedOnHand`.',
  },
  change_pending: {
    status: 409,
    title: 'A change is waiting',
    retryable: true,
    explanation:
      'Its last change is not decided yet: an adjustment is WAITING, or an order waits for its stock. Read it again in a moment.',
  },
  adjustment_ended: {
    status: 409,
    title: 'The adjustment has ended',
    retryable: false,
    explanation: 'What was deleted or refused stays as it is: create another adjustment.',
  },
  slug_taken: {
    status: 409,
    title: 'This slug is taken',
    retryable: false,
    explanation: 'Choose another slug for the business.',
  },
  sku_taken: {
    status: 409,
    title: 'This SKU is taken',
    retryable: false,
    explanation: 'Among the active variants of a tenant an SKU is unique, whatever its case. `sku` names it.',
  },
  combination_taken: {
    status: 409,
    title: 'Another variant has these options',
    retryable: false,
    explanation: 'Active variants of a product differ in their options; `variantId` names the one that has them.',
  },
  archived: {
    status: 409,
    title: 'It is archived',
    retryable: false,
    explanation:
      'Of what is archived only the SKU of a variant can be changed. A patch with another status restores it; a variant needs a product that is not archived.',
  },
  stale_version: {
    status: 412,
    title: 'The resource has changed',
    retryable: false,
    explanation: 'If-Match names an older version; read it again.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    retryable: false,
    explanation: 'A body may have 1 MiB, and 16 KiB where no token is needed.',
  },
  uri_too_long: {
    status: 414,
    title: 'The address is too long',
    retryable: false,
    explanation: 'A path parameter may have 100 characters.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'A body of this type is not understood here',
    retryable: false,
    explanation: 'Send `Content-Type: application/json` (PATCH: also application/merge-patch+json; imports: text/csv).',
  },
  expectation_failed: {
    status: 417,
    title: 'This expectation cannot be met',
    retryable: false,
    explanation: 'The only `Expect` that is understood is `100-continue`.',
  },
  unknown_variant: {
    status: 422,
    title: 'A variant is unknown',
    retryable: false,
    explanation: '`variantIds` lists the ids that no variant of your tenant has.',
  },
  variant_not_for_sale: {
    status: 422,
    title: 'A variant is not for sale',
    retryable: false,
    explanation: '`variantIds` lists variants that are drafts or archived. Customers get `unknown_variant` for them.',
  },
  unknown_customer: {
    status: 422,
    title: 'The customer is unknown',
    retryable: false,
    explanation: '`customerId` names no user of your tenant.',
  },
  unknown_location: {
    status: 422,
    title: 'The location is unknown',
    retryable: false,
    explanation: '`locationId` names no location of your tenant.',
  },
  unknown_tenant: {
    status: 422,
    title: 'The business is unknown',
    retryable: false,
    explanation: '`tenant` is the slug that the business signed up with.',
  },
  mixed_currencies: {
    status: 422,
    title: 'An order has one currency',
    retryable: false,
    explanation: 'The lines are priced in different currencies; place one order for each.',
  },
  total_too_large: {
    status: 422,
    title: 'The total is too large',
    retryable: false,
    explanation: 'The total of an order must be a safe integer of minor units.',
  },
  too_many_variants: {
    status: 422,
    title: 'The product has too many variants',
    retryable: false,
    explanation: `A product has at most ${variantsPerProductMax} variants, archived ones included.`,
  },
  undeclared_option: {
    status: 422,
    title: 'The options are not those of the product',
    retryable: false,
    explanation: 'A variant has one of the declared values of every option; `options` lists them.',
  },
  too_many_options: {
    status: 422,
    title: 'The product would have too many options',
    retryable: false,
    explanation: `A product has at most ${optionCountMax} options after the patch is merged.`,
  },
  too_many_metadata_keys: {
    status: 422,
    title: 'The metadata would have too many keys',
    retryable: false,
    explanation: `Metadata has at most ${metadataKeysMax} keys after the patch is merged.`,
  },
  adjustment_kind: {
    status: 422,
    title: 'The adjustment is of the other kind',
    retryable: false,
    explanation: 'One that was created with a `delta` is corrected by a `delta`, one with a `count` by a `count`.',
  },
  stock_out_of_range: {
    status: 422,
    title: 'The stock would be out of range',
    retryable: false,
    explanation: 'On hand must stay between 0 and 1,000,000,000 units.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used with another body',
    retryable: false,
    explanation: 'A key belongs to one request; use a new one for another.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    retryable: true,
    explanation: 'Retry-After says when to retry; RateLimit says what is left.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    retryable: false,
    explanation: 'All headers together may have 16 KiB.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    retryable: true,
    explanation: 'The fault was logged under `traceId`.',
  },
  busy: {
    status: 503,
    title: 'Too much work is waiting',
    retryable: true,
    explanation: 'A bounded queue is full; Retry-After says when to retry. Nothing was stored.',
  },
  price_unknown: {
    status: 503,
    title: 'The price is not known well enough',
    retryable: true,
    explanation:
      'What the catalog has changed has not been heard of for too long. Retry after Retry-After, or send `expectedTotal`: an order that costs just that, by what was last known, is taken. Nothing was stored.',
  },
  unavailable: {
    status: 503,
    title: 'A part of the platform is unavailable',
    retryable: true,
    explanation:
      'Retry with the same Idempotency-Key: whether the request took effect may be unknown, and the retry shows it.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof catalogue;
