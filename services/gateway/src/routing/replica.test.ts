import { describe, expect, it } from 'vitest';
import { replicaProbeLooks, replicaSilentLooks } from '../limits.ts';
import { createReplica, type Replica } from './replica.ts';

/** A replica whose probes the test answers. */
function openReplica() {
  const probes: { answer(): void; fail(): void }[] = [];
  const replica = createReplica(
    'http://a',
    (signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', reject);
        probes.push({ answer: () => resolve(undefined), fail: () => reject(new Error('refused')) });
      }),
  );
  return { replica, probes };
}
const look = (replica: Replica, count = 1) => {
  for (let n = 0; n < count; n += 1) replica.look();
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a replica', () => {
  it('that refuses a connection is open at once, and closed once a probe is answered', async () => {
    const { replica, probes } = openReplica();
    replica.refused(true);
    expect([replica.state(), replica.mayBeTried()]).toEqual(['open', true]);
    look(replica);
    expect(replica.state()).toBe('half_open');
    probes[0]!.fail();
    await settled();
    expect([replica.state(), replica.isHung()]).toEqual(['open', false]);
    look(replica);
    probes[1]!.answer();
    await settled();
    expect(replica.state()).toBe('closed');
    look(replica, 100);
    expect(probes).toHaveLength(2);
    replica.refused(false);
    expect([replica.state(), replica.mayBeTried()]).toEqual(['open', false]);
  });

  it('that answers neither requests nor a probe is open, and what is in flight there can be broken off', async () => {
    const { replica, probes } = openReplica();
    const reasons: unknown[] = [];
    const exchange = replica.begin();
    exchange.onStart((reason) => reasons.push(reason));
    look(replica, replicaSilentLooks - 1);
    expect(probes).toHaveLength(0);
    look(replica);
    expect([probes.length, replica.state()]).toEqual([1, 'closed']);
    look(replica, replicaProbeLooks);
    await settled();
    expect([replica.state(), replica.isHung(), replica.mayBeTried()]).toEqual(['open', true, false]);
    replica.breakOff();
    expect(reasons).toMatchObject([{ code: 'REPLICA_HUNG' }]);
    exchange.end();
    replica.breakOff();
    expect(reasons).toHaveLength(1);
    const late = replica.begin();
    replica.breakOff();
    late.onStart((reason) => reasons.push(reason));
    expect(reasons).toHaveLength(2);
    late.onAnswer();
    expect([replica.state(), replica.isHung()]).toEqual(['closed', false]);
  });

  it('that is slow at one request stays in use: it answers others, or the probe', async () => {
    const { replica, probes } = openReplica();
    replica.begin();
    for (let n = 0; n < 50; n += 1) {
      look(replica, replicaSilentLooks - 1);
      const other = replica.begin();
      other.onAnswer();
      other.end();
    }
    expect(probes).toHaveLength(0);
    look(replica, replicaSilentLooks);
    expect(probes).toHaveLength(1);
    probes[0]!.answer();
    await settled();
    expect([replica.state(), replica.isHung()]).toEqual(['closed', false]);
  });

  it('without requests is left alone', () => {
    const { replica, probes } = openReplica();
    const exchange = replica.begin();
    exchange.end();
    look(replica, 100);
    expect(probes).toHaveLength(0);
  });
});
