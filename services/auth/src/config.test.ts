import { describe, expect, it } from 'vitest';
import { configSchema, readConfig } from './config.ts';

const strong = {
  NODE_ENV: 'production',
  HOLDFAST_SECRET: 's'.repeat(32),
  INTERNAL_TOKEN: 't'.repeat(32),
};

describe('the configuration', () => {
  it('has defaults for a development machine', () => {
    expect(readConfig({})).toMatchObject({
      NODE_ENV: 'development',
      PORT: 8081,
      DATABASE_NAME: 'auth',
      PASSWORD_COST: 10,
    });
  });

  it('is frozen, and each field tells what it is for', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
    const { shape } = configSchema.unwrap();
    expect(Object.entries(shape).filter(([, field]) => !field.description)).toEqual([]);
  });

  it('takes strong secrets in production', () => {
    expect(readConfig(strong).NODE_ENV).toBe('production');
  });

  it.each([
    ['a missing secret', { HOLDFAST_SECRET: undefined }, 'HOLDFAST_SECRET'],
    ['a short secret', { HOLDFAST_SECRET: 'hunter-value' }, 'HOLDFAST_SECRET'],
    ['the default secret', { HOLDFAST_SECRET: readConfig({}).HOLDFAST_SECRET }, 'HOLDFAST_SECRET'],
    ['a missing internal token', { INTERNAL_TOKEN: undefined }, 'INTERNAL_TOKEN'],
    ['cheap hashes', { PASSWORD_COST: '9' }, 'PASSWORD_COST'],
  ])('refuses %s in production, and names it without its value', (_, change, field) => {
    const env = { ...strong, ...change };
    expect(() => readConfig(env)).toThrow(field);
    expect(() => readConfig(env)).not.toThrow('hunter-value');
  });

  it('refuses a value of the wrong kind', () => {
    expect(() => readConfig({ PORT: 'eighty' })).toThrow('PORT');
  });
});
