// Queues an export. Invariant: nobody gets as a file what the same caller could not read otherwise.
import { type BodyOf, type exportsApi, holds, type Permission } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { createOnce } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  type Caller,
  type Created,
  derivedId,
  newId,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { fileKey } from '../storage/storage.ts';
import { viewerOf } from '../viewer.ts';
import { asQueued, draftExport, type Export, type ExportKind } from './export.ts';

export type CreateExport = {
  caller: Caller;
  requestKey?: RequestKey | undefined;
  body: BodyOf<typeof exportsApi.createExport>;
};
type CreateDeps = Pick<Deps, 'exports' | 'clock' | 'exportQueue'>;

const permissionFor: Readonly<Record<ExportKind, Permission>> = {
  products: 'products:read',
  stock: 'stock:read',
  movements: 'stock:read',
  orders: 'orders:read',
};

/** Throws `forbidden` unless the caller may read what the export is of. */
export function assertMayRead(kind: ExportKind, { permissions }: Pick<Caller, 'permissions'>): void {
  if (!holds(permissions, permissionFor[kind])) throw new DomainError('forbidden');
}

/** Stores the queued export. Throws `forbidden`, `too_many_jobs`, `idempotency_key_reused`. */
export async function createExport(command: CreateExport, deps: CreateDeps): Promise<Created<Export>> {
  const { caller, requestKey, body } = command;
  const { tenantId, userId } = caller;
  assertMayRead(body.kind, caller);
  const id = requestKey ? derivedId('exp', tenantId, userId, 'catalog.createExport', requestKey.key) : newId('exp');
  const created = await createOnce(requestKey, {
    async findFirst(request) {
      const earlier = await deps.exports.read({ tenantId, id });
      if (!earlier) return undefined;
      assertSameRequest(earlier.creation, request);
      return asQueued(earlier);
    },
    create: () => insert(id, command, deps),
  });
  if (!created.replayed) deps.exportQueue.enqueue({ tenantId, id });
  return created;
}

async function insert(id: string, { caller, requestKey, body }: CreateExport, deps: CreateDeps): Promise<Export> {
  const { tenantId, userId } = caller;
  const { kind, format, filter } = body;
  const facts = {
    id,
    tenantId,
    kind,
    format,
    filter: filter && Object.keys(filter).length > 0 ? { ...filter } : null,
    file: fileKey(tenantId, 'exports', `${id}.${format}`),
    withCost: kind === 'products' && viewerOf(caller).seesCost,
    createdBy: userId,
    creation: requestKey ? { requestHash: requestKey.requestHash } : null,
  };
  const change = draftExport(facts, stampNow(deps.clock, correlation()));
  return deps.exports.add(change);
}
