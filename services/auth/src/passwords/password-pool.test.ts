import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPasswords, type Passwords } from './password-pool.ts';

const pepper = Buffer.alloc(32, 7);

describe('the password pool', () => {
  let passwords: Passwords;
  beforeAll(async () => {
    passwords = await openPasswords({ pepper, cost: 4, threads: 1 });
  });
  afterAll(() => passwords.close());

  it('tells two long passwords apart that differ in the last byte', async () => {
    const long = 'p'.repeat(199);
    const hash = await passwords.hash(`${long}a`, 'ten_a');
    expect(hash).toMatch(/^\$2[aby]\$04\$/);
    expect(await passwords.matches(`${long}a`, hash, 'ten_a')).toBe(true);
    expect(await passwords.matches(`${long}b`, hash, 'ten_a')).toBe(false);
  });

  it('takes 64 emoji', async () => {
    const hash = await passwords.hash('🔑'.repeat(64), 'ten_a');
    expect(await passwords.matches('🔑'.repeat(64), hash, 'ten_a')).toBe(true);
    expect(await passwords.matches('🔑'.repeat(63), hash, 'ten_a')).toBe(false);
  });

  it('never matches without a hash', async () => {
    expect(await passwords.matches('anything', undefined, 'ten_a')).toBe(false);
  });

  it('does not match under another pepper', async () => {
    const other = await openPasswords({ pepper: Buffer.alloc(32, 8), cost: 4, threads: 1 });
    const hash = await passwords.hash('a long pass phrase', 'ten_a');
    expect(await other.matches('a long pass phrase', hash, 'ten_a')).toBe(false);
    await other.close();
  });
});

it('answers busy with a time to come back when the queue is full, and works again afterwards', async () => {
  const passwords = await openPasswords({ pepper, cost: 6, threads: 1, queueMax: 2 });
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => passwords.hash('a long pass phrase', 'ten_a')),
  );
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(results.length - refused.length).toBe(3);
  expect(refused).toHaveLength(7);
  for (const error of refused) expect(error).toMatchObject({ code: 'busy', retryAfterSeconds: 2 });
  expect(await passwords.hash('a long pass phrase', 'ten_a')).toMatch(/^\$2/);
  await passwords.close();
});

it('gives the threads to the businesses in turn, and a business its part of the queue', async () => {
  const passwords = await openPasswords({ pepper, cost: 6, threads: 1, queueMax: 12, queueShareMax: 8 });
  const done: string[] = [];
  const hash = (share: string) => passwords.hash('a long pass phrase', share).then(() => void done.push(share));
  const loud = Array.from({ length: 12 }, () => hash('loud'));
  const quiet = hash('quiet');
  const results = await Promise.allSettled([...loud, quiet]);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  // Behind what a thread is at, and at most one of the other in turn.
  expect(done.indexOf('quiet')).toBeLessThanOrEqual(2);
  await passwords.close();
});
