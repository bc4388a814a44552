// Every bound of the catalog, with its reason.

/** Variants of one product, archived ones included: creating, renaming and archiving a product is one transaction over all of them. */
export const variantsPerProductMax = 100;

/** Metadata keys of a product after a merge; the same bound as of a metadata body. */
export const metadataKeysMax = 50;

/** Characters of an SKU; the pattern of the contract says the same. */
export const skuLengthMax = 64;
