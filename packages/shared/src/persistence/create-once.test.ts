import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { createOnce } from './create-once.ts';

const key = { key: 'k', requestHash: 'h' };
const duplicate = () => new mongo.MongoServerError({ code: 11_000, message: 'duplicate' });
const never = () => Promise.reject(new Error('not asked for'));

/** Finds what these lookups find, one after the other. */
function finding(...answers: (string | undefined)[]) {
  return async () => answers.shift();
}

describe('creating under a key', () => {
  it('creates when no request with it has', async () => {
    const created = await createOnce(key, { findFirst: finding(undefined), create: async () => 'new' });
    expect(created).toEqual({ created: 'new', replayed: false });
  });

  it('answers what an earlier request created, and creates nothing', async () => {
    expect(await createOnce(key, { findFirst: finding('first'), create: never })).toEqual({
      created: 'first',
      replayed: true,
    });
  });

  it('answers what a request beside it created, which was faster', async () => {
    const create = () => Promise.reject(duplicate());
    expect(await createOnce(key, { findFirst: finding(undefined, 'beside'), create })).toEqual({
      created: 'beside',
      replayed: true,
    });
  });

  it('throws a duplicate that is not of this key, and every other failure at once', async () => {
    const error = duplicate();
    const other = createOnce(key, { findFirst: finding(undefined, undefined), create: () => Promise.reject(error) });
    await expect(other).rejects.toBe(error);
    const broken = createOnce(key, {
      findFirst: finding(undefined, 'never looked for'),
      create: () => Promise.reject(new Error('broken')),
    });
    await expect(broken).rejects.toThrow('broken');
  });

  it('refuses the key of another request', async () => {
    const findFirst = () => Promise.reject(new Error('reused'));
    await expect(createOnce(key, { findFirst, create: never })).rejects.toThrow('reused');
  });
});

describe('creating without a key', () => {
  it('always creates, and looks for nothing', async () => {
    expect(await createOnce(undefined, { findFirst: never, create: async () => 'new' })).toEqual({
      created: 'new',
      replayed: false,
    });
    const error = duplicate();
    const refused = createOnce(undefined, { findFirst: never, create: () => Promise.reject(error) });
    await expect(refused).rejects.toBe(error);
  });
});
