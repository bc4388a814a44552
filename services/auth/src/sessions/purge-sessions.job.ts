/** Removes sessions that expired long ago. Their refresh tokens have gone before them, by the date on each. */
import type { Clock } from '@holdfast/shared/values';
import { PURGE_BATCH_MAX, PURGE_BATCHES_MAX, SESSION_RETENTION_MS } from '../limits.ts';
import type { SessionStore } from './session.store.ts';

export type PurgeDeps = {
  sessions: Pick<SessionStore, 'purgeExpired'>;
  clock: Clock;
  log: { info(fields: object, message: string): void };
};

/** One run: at most PURGE_BATCHES_MAX batches; what is left waits for the next. */
export async function purgeSessions({ sessions, clock, log }: PurgeDeps): Promise<void> {
  const before = new Date(clock.now().getTime() - SESSION_RETENTION_MS);
  let total = 0;
  for (let batch = 0; batch < PURGE_BATCHES_MAX; batch += 1) {
    const removed = await sessions.purgeExpired(before, PURGE_BATCH_MAX);
    total += removed;
    if (removed < PURGE_BATCH_MAX) break;
  }
  if (total > 0) log.info({ sessions: total }, 'expired sessions purged');
}
