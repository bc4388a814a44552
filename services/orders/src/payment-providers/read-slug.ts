// What a business is called in addresses: auth knows. It never changes.
import { DomainError } from '@holdfast/shared/errors';
import type { AskService } from '@holdfast/shared/http';
import { z } from 'zod';

const answer = z.object({ slug: z.string().min(1) });

/** Reads the slug of a tenant. Throws unavailable when auth does not tell it. */
export function readSlug(askAuth: AskService): (tenantId: string) => Promise<string> {
  return async (tenantId) => {
    const told = await askAuth(`/internal/tenants/${encodeURIComponent(tenantId)}`).catch(() => undefined);
    const parsed = answer.safeParse(told);
    if (parsed.success) return parsed.data.slug;
    throw new DomainError('unavailable', { detail: 'Auth does not answer; nothing was stored.' });
  };
}
