// Bounds that the API promises and a service keeps: each stands here once.
// What only a service knows is in its limits.ts.

/** Variants of one product, archived ones included; also of one generated matrix. */
export const variantsPerProductMax = 100;
/** Words of a search that count; each of them is one more scan of an index. */
export const searchWordsMax = 16;
/** The largest amount of a price, in minor units. */
export const priceMinorMax = 100_000_000_000;
/** Rows of one bulk upsert; also what an import stores at a time. */
export const upsertRowsMax = 1_000;
/** Categories of a tenant: its whole tree is read at once, some 100 KB. */
export const categoriesMax = 1_000;
/** Levels of categories. */
export const categoryDepthMax = 8;
/** Characters of a category's name. */
export const categoryNameLengthMax = 100;
/** Options of a product, such as size and colour. */
export const optionCountMax = 5;
/** Characters of an SKU. */
export const skuLengthMax = 64;
/** Keys of `metadata`, also after a merge. */
export const metadataKeysMax = 50;

/** Units on hand of one stock level, far inside a safe integer even after sums over locations. */
export const onHandMax = 1_000_000_000;
/** Locations of a tenant: the allocation of an order looks at all of them. */
export const locationsMax = 50;
/** Variants that one supplier sells: more than any assortment of one supplier that we know of. */
export const supplierItemsMax = 100_000;
/** Receipts of one purchase order: deliveries come in parts, not in crumbs. */
export const receiptsMax = 200;
/** A location's priority: orders are served from the lowest first. */
export const locationPriorityMax = 1_000;
/** What a customer is shown of availability: nobody reads a merchant's stock from outside. */
export const customerAvailableMax = 10;

/** Lines of an order as they are sent. */
export const sentLineCountMax = 500;
/** Variants of an order after merging. */
export const lineCountMax = 100;
/** Charges of an order: shipping, taxes by rate, discounts and fees; each is shown on a bill. */
export const chargeCountMax = 50;
/** Units of one line, also after merging. */
export const lineQuantityMax = 1_000_000;
/** One payment of an order, in minor units: so that the sums of all that an order may have stay safe integers. */
export const paymentMinorMax = 10_000_000_000_000;
/** Bytes of a payment provider's notice: those of Stripe have some 5 KB. */
export const callbackBytesMax = 262_144;
/** How long an order waits for its decision when the client names no time. */
export const decisionWaitSeconds = 5;

/** `Prefer: wait=n` is honoured up to this many seconds. */
export const preferWaitSecondsMax = 20;
/** Characters of an Idempotency-Key. */
export const idempotencyKeyLengthMax = 128;
/** Characters of an e-mail address without the blanks around it. */
export const emailLengthMax = 254;
/** Roles of a tenant's own, beside the built-in ones. */
export const customRolesMax = 100;
/** API keys in use of a tenant. */
export const apiKeysMax = 1_000;
/** How old what is known of prices may be when an order is decided on it, in seconds: the default and the bounds. */
export const priceStaleness = { defaultSeconds: 60, minSeconds: 5, maxSeconds: 86_400 } as const;
