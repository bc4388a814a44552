// Reading what died early while the database is down.
import { expect, it } from 'vitest';
import { everythingSince } from './revocations.ts';

it('fails once when every read fails, with nothing left unheard that would end the process', async () => {
  const unheard: unknown[] = [];
  const note = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', note);
  const down = async () => {
    throw new Error('the database is down');
  };
  const stores = {
    sessions: { endedSince: down },
    users: { accessChangedSince: down },
    roles: { changedSince: down },
    apiKeys: { revokedSince: down },
    tenants: { closedSince: down },
  };
  await expect(everythingSince(stores, new Date())).rejects.toThrow('the database is down');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unheard).toEqual([]);
});
