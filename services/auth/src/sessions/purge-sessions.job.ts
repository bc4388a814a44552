// Removes sessions that expired long ago. Their refresh tokens have gone before them, by the date on each.
import type { Clock, Log } from '@holdfast/shared/values';
import { purgeBatchesMax, purgeBatchMax, sessionRetentionMs } from '../limits.ts';
import type { SessionStore } from './session.store.ts';

export type PurgeDeps = {
  sessions: Pick<SessionStore, 'purgeExpired'>;
  clock: Clock;
  log: Log;
};

/** One run: at most purgeBatchesMax batches; what is left waits for the next. */
export async function purgeSessions({ sessions, clock, log }: PurgeDeps): Promise<void> {
  const before = new Date(clock.now().getTime() - sessionRetentionMs);
  let total = 0;
  for (let batch = 0; batch < purgeBatchesMax; batch += 1) {
    const removed = await sessions.purgeExpired(before, purgeBatchMax);
    total += removed;
    if (removed < purgeBatchMax) break;
  }
  if (total > 0) log.info({ sessions: total }, 'expired sessions purged');
}
