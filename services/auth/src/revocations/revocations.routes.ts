// What the other services ask to learn which sessions ended early: at start, and whenever the stream is silent.

import { DomainError } from '@holdfast/shared/errors';
import { addInternalRoute } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { revocationWindowMs } from '../limits.ts';
import { everythingSince } from './revocations.ts';

const query = z.strictObject({ since: z.iso.datetime().optional() });

/** Adds GET /internal/revocations?since=, which answers at most the last 15 minutes. */
export function addRevocationRoutes(
  app: FastifyInstance,
  deps: Pick<Deps, 'config' | 'sessions' | 'users' | 'roles' | 'apiKeys' | 'tenants' | 'clock'>,
): void {
  addInternalRoute(app, '/internal/revocations', deps.config.INTERNAL_TOKEN, async (request) => {
    const parsed = query.safeParse(request.query);
    if (!parsed.success) throw new DomainError('validation_failed');
    const now = deps.clock.now();
    const oldest = now.getTime() - revocationWindowMs;
    const since = new Date(Math.max(oldest, parsed.data.since ? Date.parse(parsed.data.since) : oldest));
    const { sessions, accessChanges, roleChanges, closedTenants } = await everythingSince(deps, since);
    return {
      revocations: sessions.map((one) => ({ ...one, revokedAt: one.revokedAt.toISOString() })),
      accessChanges: accessChanges.map((one) => ({ ...one, changedAt: one.changedAt.toISOString() })),
      roleChanges: roleChanges.map((one) => ({ ...one, changedAt: one.changedAt.toISOString() })),
      closedTenants: closedTenants.map((one) => ({ ...one, changedAt: one.changedAt.toISOString() })),
      now: now.toISOString(),
    };
  });
}
