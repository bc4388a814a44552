// A product with its variants as the API shows it.
import type { AnswerOf, catalogApi } from '@holdfast/shared/contracts';
import { toVariantResponse } from '../variants/variant-response.ts';
import type { Viewer } from '../viewer.ts';
import type { ProductWithVariants } from './create-product.ts';

/** The response's body; variants in the order given. */
export function toProductResponse(
  { product, variants, category }: ProductWithVariants,
  viewer: Viewer,
): AnswerOf<typeof catalogApi.readProduct> {
  return {
    id: product.id,
    name: product.name,
    ...(product.description === null ? {} : { description: product.description }),
    ...(category === null ? {} : { category }),
    ...(category === null || product.categoryId === null ? {} : { categoryId: product.categoryId }),
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
