// Inventory, asked on its internal route how much of variants can be had.
import { DomainError } from '@holdfast/shared/errors';
import type { AskService } from '@holdfast/shared/http';
import { z } from 'zod';

/** Units by variant; a variant that inventory does not know has none. */
export type AskAvailability = (tenantId: string, variantIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;

const answer = z.object({ variants: z.array(z.object({ variantId: z.string(), available: z.int() })) });

/** Throws `unavailable` while nobody answers. */
export function availabilityPort(ask: AskService): AskAvailability {
  return async (tenantId, variantIds) => {
    const asked = await ask('/internal/availability', { tenantId, variantIds }).catch(() => {
      throw new DomainError('unavailable', { detail: 'The stock cannot be asked for at the moment.' });
    });
    return new Map(answer.parse(asked).variants.map(({ variantId, available }) => [variantId, available]));
  };
}
