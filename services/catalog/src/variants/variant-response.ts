// A variant as the API shows it.
import type { AnswerOf, catalogApi } from '@holdfast/shared/contracts';
import type { Viewer } from '../viewer.ts';
import type { Variant } from './variant.ts';

/** The response's body; the cost only for those who may see it. */
export function toVariantResponse(variant: Variant, viewer: Viewer): AnswerOf<typeof catalogApi.readVariant> {
  return {
    id: variant.id,
    productId: variant.productId,
    sku: variant.sku,
    productName: variant.productName,
    options: variant.options,
    price: variant.price,
    ...(viewer.seesCost && variant.cost !== null ? { cost: variant.cost } : {}),
    ...(variant.barcode === null ? {} : { barcode: variant.barcode }),
    ...(variant.weightGrams === null ? {} : { weightGrams: variant.weightGrams }),
    status: variant.status,
    version: variant.version,
    createdAt: variant.createdAt.toISOString(),
    updatedAt: variant.updatedAt.toISOString(),
  };
}
