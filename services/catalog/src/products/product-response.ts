// A product with its variants as the API shows it.
import type { AnswerOf, catalogApi } from '@holdfast/shared/contracts';
import type { Variant } from '../variants/variant.ts';
import { toVariantResponse } from '../variants/variant-response.ts';
import type { Viewer } from '../viewer.ts';
import type { Product } from './product.ts';

/** The response's body; variants in the order given. */
export function toProductResponse(
  product: Product,
  variants: readonly Variant[],
  viewer: Viewer,
): AnswerOf<typeof catalogApi.readProduct> {
  return {
    id: product.id,
    name: product.name,
    ...(product.description === null ? {} : { description: product.description }),
    ...(product.category === null ? {} : { category: product.category }),
    status: product.status,
    media: product.media,
    ...(product.metadata === null ? {} : { metadata: product.metadata }),
    ...(product.options === null ? {} : { options: product.options }),
    ...(viewer.onlyForSale ? {} : { createdBy: product.createdBy }),
    variants: variants.map((variant) => toVariantResponse(variant, viewer)),
    version: product.version,
    createdAt: product.createdAt.toISOString(),
    updatedAt: product.updatedAt.toISOString(),
  };
}
