// Somebody asks for a new password.
// Invariant: what happens before the answer is the same for every account and for none: one sealed document is stored.
// Whether there is an account is looked up later, by a job.
import { newId } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { seal } from '../secrets.ts';
import type { AskedReset } from './reset-request.store.ts';

/** Stores the request; a mail follows if there is such an account. */
export async function requestPasswordReset({ tenant, email }: AskedReset, deps: Deps): Promise<void> {
  const id = newId('rst');
  const sealed = seal(deps.mailKey, id, Buffer.from(JSON.stringify({ tenant, email })));
  await deps.resetRequests.add({ id, sealed, createdAt: deps.clock.now() });
}
