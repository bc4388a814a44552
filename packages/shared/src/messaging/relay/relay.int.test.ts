// The relay on real servers, undisturbed, with large transactions, and with leaders that are killed.
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { testServers } from '../../testing/installation.ts';
import { until } from '../../testing/until.ts';
import { emptyStreamId } from '../streams/positions.ts';
import { type Lab, openLab } from './lab/lab.ts';

const servers = {
  mongoUri: testServers().mongodbUri,
  redisUrl: testServers().redisUrl,
};
let lab: Lab;
afterEach(() => lab.close());

async function leading(child: ReturnType<Lab['child']>): Promise<void> {
  await once(child.stdout!, 'data');
}

test('everything written is in the streams once and in order', async () => {
  lab = await openLab(servers, `plain-${process.pid}`);
  const relay = await lab.relay();
  await lab.write(40);
  await lab.settle();
  expect(relay.status()).toMatchObject({ ready: true, leading: true, lagMs: 0 });
  expect(relay.status().alarm).toBeUndefined();
});

test('an idle stream is made, and its position moves by itself', async () => {
  lab = await openLab(servers, `idle-${process.pid}`);
  await lab.relay();
  await until(async () => (await lab.redis.exists(lab.stream(7))) === 1, { what: 'the stream is there' });
  const before = (await lab.position(7))!;
  await lab.database.db.command({ ping: 1 });
  await lab.write(1);
  await until(async () => (await lab.position(7))!.at > before.at, { what: 'the position has moved' });
  const info = (await lab.redis.xinfo('STREAM', lab.stream(7))) as unknown[];
  expect(before.beginsAt).toBe('');
  expect(info).toContain(emptyStreamId);
});

test('a transaction of 300 changes spread over several getMores survives a kill in its middle', async () => {
  lab = await openLab(servers, `txn-${process.pid}`);
  for (const when of ['before-append', 'after-append'] as const) {
    const child = lab.child({ elected: false, batchSize: 40, crash: { when, append: 4 } });
    await leading(child);
    const gone = once(child, 'exit');
    await lab.writeTransaction(300);
    await gone;
  }
  lab.child({ elected: false, batchSize: 40 });
  await lab.settle();
  expect(lab.written).toBe(600);
  for (const seen of lab.applied) {
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  }
});

test.for([
  ['before-append', 1],
  ['before-append', 5],
  ['after-append', 1],
  ['after-append', 5],
] as const)('killed %s number %i', async ([when, append]) => {
  lab = await openLab(servers, `kill-${when}-${append}-${process.pid}`);
  await lab.write(1);
  for (let kill = 0; kill < 2; kill += 1) {
    const child = lab.child({ elected: false, crash: { when, append } });
    const gone = once(child, 'exit');
    let dead = false;
    gone.then(() => {
      dead = true;
    });
    while (!dead) await lab.write(1);
    expect(child.signalCode).toBe('SIGKILL');
  }
  await lab.relay();
  await lab.settle();
});

test('two relays at once, killed again and again', async () => {
  lab = await openLab(servers, `two-${process.pid}`);
  const start = () => lab.child({ elected: false, batchSize: 20 });
  const pair = [start(), start()];
  await Promise.all(pair.map(leading));
  for (let kill = 0; kill < 6; kill += 1) {
    await lab.write(12);
    const victim = pair[kill % 2]!;
    const gone = once(victim, 'exit');
    victim.kill('SIGKILL');
    await Promise.all([gone, lab.write(6)]);
    const next = start();
    pair[kill % 2] = next;
    await Promise.all([leading(next), lab.write(6)]);
    await lab.consume();
  }
  await lab.settle();
});

test('a killed leader is replaced within 3 s', async () => {
  lab = await openLab(servers, `lead-${process.pid}`);
  const first = lab.child();
  await leading(first);
  const second = await lab.relay();
  expect(second.status().leading).toBe(false);
  await lab.write(3);
  await lab.settle();
  const killedAt = Date.now();
  first.kill('SIGKILL');
  await lab.write(3);
  await lab.settle();
  expect(Date.now() - killedAt).toBeLessThan(3_000);
  expect(second.status().leading).toBe(true);
});
