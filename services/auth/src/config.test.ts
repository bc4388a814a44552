import { describe, expect, it } from 'vitest';
import { configSchema, readConfig } from './config.ts';

const strong = {
  MONGODB_URI: 'mongodb://127.0.0.1/?replicaSet=holdfast',
  REDIS_URL: 'redis://127.0.0.1:6379',
  ORDERS_URL: 'http://orders:8080',
  HOLDFAST_SECRET: 'k3Vq8mZx1Lw9TfRb5Yh2Nc7JdP4sGaEu',
  INTERNAL_TOKEN: 'u7Bn2XcQ9vKs4WzHf6Mt1RyLp8JgDe3A',
};

describe('the configuration', () => {
  it('is production by default, frozen, and needs no more than addresses and secrets', () => {
    const config = readConfig(strong);
    expect(config).toMatchObject({ NODE_ENV: 'production', PORT: 8081, DATABASE_NAME: 'auth', PASSWORD_COST: 10 });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('tells of each field what it is for', () => {
    expect(Object.entries(configSchema.shape).filter(([, field]) => !field.description)).toEqual([]);
  });

  it.each([
    ['a missing secret', { HOLDFAST_SECRET: undefined }, 'HOLDFAST_SECRET'],
    ['a short secret', { HOLDFAST_SECRET: 'k3Vq8mZx1Lw9TfRb' }, 'HOLDFAST_SECRET'],
    ['a secret from an example', { HOLDFAST_SECRET: 'change-me-k3Vq8mZx1Lw9TfRb5Yh2Nc7J' }, 'HOLDFAST_SECRET'],
    ['a monotonous secret', { HOLDFAST_SECRET: 'abcd'.repeat(10) }, 'HOLDFAST_SECRET'],
    ['a missing internal token', { INTERNAL_TOKEN: undefined }, 'INTERNAL_TOKEN'],
    ['a short internal token', { INTERNAL_TOKEN: 'u7Bn2XcQ9vKs4WzHf6' }, 'INTERNAL_TOKEN'],
    ['cheap hashes', { PASSWORD_COST: '9' }, 'PASSWORD_COST'],
    ['a port that is none', { PORT: 'eighty' }, 'PORT'],
    ['no database', { MONGODB_URI: '' }, 'MONGODB_URI'],
    ['a mail server that is none', { SMTP_URL: 'http://user:s3cr3t@mail.example' }, 'SMTP_URL'],
    ['mails of nobody', { SMTP_URL: 'smtps://mail.example', PUBLIC_URL: 'https://shop.example' }, 'MAIL_FROM'],
    ['mails from no address', { MAIL_FROM: 'the shop' }, 'MAIL_FROM'],
    ['links to nowhere', { SMTP_URL: 'smtps://mail.example', MAIL_FROM: 'shop@x.example' }, 'PUBLIC_URL'],
    ['links to a script', { PUBLIC_URL: 'javascript://x' }, 'PUBLIC_URL'],
    ['a log of mails', { MAIL_LOG: '/tmp/mails' }, 'MAIL_LOG'],
  ])(
    'refuses %s in production, naming it without its value',
    (_, change: Record<string, string | undefined>, field) => {
      const env = { ...strong, ...change };
      const refusal = () => readConfig(env);
      expect(refusal).toThrow(field);
      if (change[field]) expect(refusal).not.toThrow(change[field]);
    },
  );

  it('has no mail server where the variables are empty, and links to the first of several addresses', () => {
    const empty = { SMTP_URL: '', MAIL_FROM: '', MAIL_LOG: '' };
    expect(readConfig({ ...strong, ...empty })).toMatchObject({ SMTP_URL: undefined, MAIL_FROM: undefined });
    const PUBLIC_URL = 'https://shop.example, https://other.example';
    const mail = { SMTP_URL: 'smtps://mail.example', MAIL_FROM: 'shop@x.example' };
    expect(readConfig({ ...strong, ...mail, PUBLIC_URL }).PUBLIC_URL).toBe('https://shop.example');
  });

  it('takes cheap hashes and plain secrets in tests', () => {
    const env = { ...strong, NODE_ENV: 'test', PASSWORD_COST: '4', HOLDFAST_SECRET: 'a'.repeat(32) };
    expect(readConfig(env).PASSWORD_COST).toBe(4);
  });
});
