import { asTenant } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../auth.fixture.ts';
import { sessionMaxMs, sessionRetentionMs } from '../limits.ts';
import { purgeSessions } from './purge-sessions.job.ts';
import { newSession } from './session.ts';

let auth: Fixture;
beforeAll(async () => {
  auth = await openFixture();
});
afterAll(() => auth.close());

/** Stores a session that expired this long ago. */
async function expired(tenantId: string, agoMs: number): Promise<string> {
  const now = new Date(Date.now() - sessionMaxMs - agoMs);
  const { id, ...fields } = newSession({
    id: newId('ses'),
    tenantId,
    userId: 'usr_1',
    device: { userAgent: '', address: '::1' },
    now,
  });
  await asTenant(tenantId, () => auth.deps.sessions.model.create([{ _id: id, ...fields, events: [] }]));
  return id;
}

it('removes the sessions of all businesses that expired long ago, and no other', async () => {
  const [here, there] = [await auth.signUp(), await auth.signUp()];
  const old = [
    await expired(here.tenant.id, sessionRetentionMs + 60_000),
    await expired(there.tenant.id, sessionRetentionMs + 60_000),
  ];
  const recent = await expired(here.tenant.id, sessionRetentionMs - 60_000);
  await purgeSessions(auth.deps);
  const { sessions } = auth.deps;
  const read = (tenantId: string, id: string) => asTenant(tenantId, () => sessions.read(tenantId, id));
  expect(await read(here.tenant.id, old[0]!)).toBeUndefined();
  expect(await read(there.tenant.id, old[1]!)).toBeUndefined();
  expect(await read(here.tenant.id, recent)).toMatchObject({ id: recent });
  expect((await auth.as().post('/v1/auth/refresh', { refreshToken: here.refreshToken })).status).toBe(200);
});
