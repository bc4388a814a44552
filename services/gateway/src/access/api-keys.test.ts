// Trading API keys with an auth that is asked, counted and revoked.
import { ServiceAnswer } from '@holdfast/shared/http';
import { expect, it } from 'vitest';
import { createApiKeys, isApiKey } from './api-keys.ts';

/** Answers each key with the next token that lives so long; refuses `hf_bad`. */
function fakeAuth(livesMs: number) {
  const asked: string[] = [];
  const ask = async (_path: string, body?: object) => {
    const { apiKey } = body as { apiKey: string };
    asked.push(apiKey);
    if (apiKey === 'hf_down') throw new Error('nobody answers');
    if (apiKey === 'hf_bad') throw new ServiceAnswer('/internal/api-key-tokens', 401);
    return { accessToken: `token-${asked.length}`, expiresAt: new Date(Date.now() + livesMs).toISOString() };
  };
  return { asked, keys: createApiKeys(ask) };
}

it('trades a key once, however many ask, until its token is about to end or is not taken', async () => {
  const { asked, keys } = fakeAuth(600_000);
  const tokens = await Promise.all(Array.from({ length: 10 }, () => keys.tokenOf('hf_a')));
  expect([new Set(tokens).size, await keys.tokenOf('hf_a'), asked]).toEqual([1, 'token-1', ['hf_a']]);
  expect(await keys.tokenOf('hf_b')).toBe('token-2');
  keys.forget('hf_a');
  expect(await keys.tokenOf('hf_a')).toBe('token-3');
  const short = fakeAuth(1_000);
  await short.keys.tokenOf('hf_a');
  expect(await short.keys.tokenOf('hf_a')).toBe('token-2');
});

it('asks about a refused key once a minute, and says when auth does not answer', async () => {
  const { asked, keys } = fakeAuth(600_000);
  for (let n = 0; n < 3; n += 1)
    await expect(keys.tokenOf('hf_bad')).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(asked).toEqual(['hf_bad']);
  for (let n = 0; n < 2; n += 1) await expect(keys.tokenOf('hf_down')).rejects.toMatchObject({ code: 'unavailable' });
  expect(asked).toEqual(['hf_bad', 'hf_down', 'hf_down']);
});

it('knows a key by its beginning', () => {
  expect([isApiKey('hf_ten_x'), isApiKey('hfr.ten_x'), isApiKey('eyJ')]).toEqual([true, false, false]);
});
