// What orders asks of inventory for a quote. Only with the installation's token; the gateway never routes here.
import { lineCountMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand } from '@holdfast/shared/http';
import { asTenant } from '@holdfast/shared/persistence';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { StockLevelStore } from './stock-level.store.ts';
import { availableOf } from './stock-level.ts';

const asked = z.strictObject({
  tenantId: z.string().regex(/^ten_[a-z0-9]{1,64}$/),
  variantIds: z.array(z.string().min(1).max(64)).min(1).max(lineCountMax),
});

/** Adds POST /internal/availability: the units of variants that can be had, over all locations. */
export function addAvailabilityRoute(
  app: FastifyInstance,
  internalToken: string,
  { levels }: { levels: Pick<StockLevelStore, 'ofVariants'> },
): void {
  addInternalCommand(app, '/internal/availability', internalToken, async ({ body }) => {
    const parsed = asked.safeParse(body);
    if (!parsed.success) throw new DomainError('validation_failed', { detail: z.prettifyError(parsed.error) });
    const { tenantId, variantIds } = parsed.data;
    const found = await asTenant(tenantId, () => levels.ofVariants([...new Set(variantIds)], undefined));
    const byVariant = Map.groupBy(found, (level) => level.variantId);
    const sum = (variantId: string) =>
      (byVariant.get(variantId) ?? []).reduce((total, level) => total + availableOf(level), 0);
    return { variants: variantIds.map((variantId) => ({ variantId, available: sum(variantId) })) };
  });
}
