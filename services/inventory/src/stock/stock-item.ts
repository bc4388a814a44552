// A stock item: what inventory knows of a variant from the catalog's events.
// Invariant: full state, applied only where it is newer, so that repeated and late events change nothing.
export type StockItem = {
  variantId: string;
  tenantId: string;
  sku: string;
  reorderLevel: number;
  /** How much to order then; set here only. */
  reorderQuantity?: number;
  /** Whom reorder suggestions buy from; set here only. */
  preferredSupplierId?: string | undefined;
  /** Customers know only of variants that are; one of which it is not known is not. */
  forSale?: boolean;
  /** The version of the variant in the catalog. */
  catalogVersion: number;
  /** How often the catalog has set the reorder level of an item that was there. */
  catalogReorders?: number;
};

/** What a later event of the catalog changes. */
export type StockItemUpdate = Pick<StockItem, 'variantId' | 'tenantId' | 'sku' | 'forSale' | 'catalogVersion'> &
  Partial<Pick<StockItem, 'reorderLevel'>>;

export type StockItemChange =
  | { kind: 'created' | 'snapshot'; item: StockItem }
  | { kind: 'updated'; item: StockItemUpdate };
