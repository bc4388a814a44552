import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const url = 'http://127.0.0.1:1';
const enough = {
  AUTH_URL: url,
  CATALOG_URL: url,
  INVENTORY_URL: url,
  ORDERS_URL: `${url}, http://127.0.0.1:2/`,
  REALTIME_URL: url,
  REDIS_CACHE_URL: 'redis://127.0.0.1:3',
  INTERNAL_TOKEN: 'a token of an installation, 40 characters',
  TLS: 'proxy',
};

describe('settings', () => {
  it('have defaults, lists and budgets', () => {
    const config = readConfig({
      ...enough,
      CORS_ORIGINS: 'https://a.example',
      TRUSTED_PROXIES: '10.0.0.0/8,::1',
      RATE_LIMIT_USER: '5/10',
    });
    expect(config).toMatchObject({
      PORT: 8080,
      ORDERS_URL: [url, 'http://127.0.0.1:2'],
      CORS_ORIGINS: ['https://a.example'],
      TRUSTED_PROXIES: ['10.0.0.0/8', '::1'],
      RATE_LIMIT_ANONYMOUS: { quota: 100, windowSeconds: 600 },
      RATE_LIMIT_AUTH: { quota: 20, windowSeconds: 900 },
      RATE_LIMIT_USER: { quota: 5, windowSeconds: 10 },
      RATE_LIMIT_TENANT: { quota: 60_000, windowSeconds: 60 },
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    ['AUTH_URL', ''],
    ['ORDERS_URL', 'ftp://x'],
    ['PORT', '70000'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example/'],
    ['CORS_ORIGINS', 'null'],
    ['TRUSTED_PROXIES', 'true'],
    ['TRUSTED_PROXIES', '1'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['RATE_LIMIT_USER', '0/60'],
    ['INTERNAL_TOKEN', 'short'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(() => readConfig({ ...enough, [name]: value })).toThrow(name);
  });

  it('refuse in production what is for tests', () => {
    const production = { ...enough, NODE_ENV: 'production' };
    expect(() => readConfig({ ...production, TLS: undefined })).toThrow('TLS');
    expect(() => readConfig({ ...production, RATE_LIMITS: 'off' })).toThrow('RATE_LIMITS');
    expect(() => readConfig({ ...production, INTERNAL_TOKEN: '0123456789abcdef' })).toThrow('INTERNAL_TOKEN');
    expect(readConfig(production).RATE_LIMITS).toBe('on');
    expect(readConfig({ ...enough, NODE_ENV: 'development', RATE_LIMITS: 'off' }).RATE_LIMITS).toBe('off');
  });
});
