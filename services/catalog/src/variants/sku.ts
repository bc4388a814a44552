// An SKU is stored as it was typed; which SKUs are one and the same is told by their keys.

/** What is compared: without surrounding blanks, composed (NFC), in lower case whatever the locale. */
export function skuKeyOf(sku: string): string {
  return sku.trim().normalize('NFC').toLowerCase();
}
