// HTTP route of archiving an order.
import { archiveApi } from '@holdfast/shared/contracts';
import { registerOperation } from '@holdfast/shared/http';
import { correlation } from '@holdfast/shared/telemetry';
import type { FastifyInstance } from 'fastify';
import type { ChangeOrder, Decide } from '../orders/change-order.ts';
import { decideArchive } from './archive.ts';

export function registerArchiveRoutes(app: FastifyInstance, { changeOrder }: { changeOrder: ChangeOrder }): void {
  registerOperation(app, archiveApi.archiveOrder, async ({ params, auth, expectVersion }) => {
    const actor = auth.userId;
    const command = { name: 'orders.archive', actor, isForArchived: true } as const;
    const decide: Decide = (order, at) => {
      expectVersion(order.version);
      return decideArchive(order, { at, actor });
    };
    await changeOrder({ tenantId: auth.tenantId, id: params.id, command }, decide, correlation());
    return { status: 204 };
  });
}
