// Somebody asks for a new password.
// Invariant: what happens before the answer is the same for every account and for none: one sealed document is stored.
// It cannot be otherwise: there is no store of accounts here. A job looks for them later.
import { type Clock, newId, seal } from '@holdfast/shared/values';
import type { AskedReset, ResetRequestStore } from './reset-request.store.ts';

type RequestDeps = { resetRequests: Pick<ResetRequestStore, 'add'>; mailKey: Buffer; clock: Clock };

/** Stores the request; a mail follows if there is such an account. */
export async function requestPasswordReset({ tenant, email }: AskedReset, deps: RequestDeps): Promise<void> {
  const id = newId('rst');
  const sealed = seal(deps.mailKey, id, Buffer.from(JSON.stringify({ tenant, email })));
  await deps.resetRequests.add({ id, sealed, createdAt: deps.clock.now() });
}
