// A consumer in a process of its own, for tests that kill or pause it. argv[2]: JSON of FixtureAddress.
// From the parent: 'stall' (stop inside the next batch, between its first write and its commit), 'go on', 'stop'.
// To the parent: { kind: 'status', owned } twice a second at least, and { kind: 'inside' } when it stalls.
import { setTimeout as delay } from 'node:timers/promises';
import { countEffects, type FixtureAddress, openFixtureDatabase, startFixtureConsumer } from './consumer.fixture.ts';

export type ChildMessage = { kind: 'status'; owned: number[] } | { kind: 'inside' };

const address = JSON.parse(process.argv[2] ?? '{}') as FixtureAddress;
const tell = (message: ChildMessage) => process.send?.(message);

let stall = false;
let goOn: () => void = () => {};
let stopping = false;

const database = await openFixtureDatabase(address, false);
const consumer = await startFixtureConsumer(address, database, {
  async handle(batch, session) {
    await countEffects(database, batch, session);
    if (!stall) return;
    stall = false;
    const wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    tell({ kind: 'inside' });
    await wait;
  },
});

process.on('message', (message) => {
  if (message === 'stall') stall = true;
  else if (message === 'go on') goOn();
  else stopping = true;
});
// A test that fails must not leave this process behind.
process.on('disconnect', () => process.exit(1));

while (!stopping) {
  tell({ kind: 'status', owned: consumer.status().owned });
  await delay(50);
}
await consumer.stop();
await database.close();
process.disconnect();
