import { expect, it } from 'vitest';
import { isAway } from './problem.ts';

const named = (name: string, facts: object = {}) => Object.assign(new Error('x'), { name, ...facts });

it('a store that did not answer is away, also under a bulk write; what it answered is not', () => {
  const lost = named('MongoNetworkError');
  expect([lost, named('MongoBulkWriteError', { errorResponse: lost })].map(isAway)).toEqual([true, true]);
  expect([named('MongoBulkWriteError', { code: 11_000 }), named('TypeError')].map(isAway)).toEqual([false, false]);
});
