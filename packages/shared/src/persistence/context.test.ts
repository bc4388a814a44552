import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { asSystem, asTenant, asTenants, currentScope, outsideContext, systemScopeUses } from './context.ts';
import { TenancyViolation } from './errors.ts';
import { failOnRefusal, refuse } from './refusal.ts';

describe('scopes', () => {
  it('are undefined outside', () => {
    expect(currentScope()).toBeUndefined();
  });

  it('follow awaits and do not mix', async () => {
    const tenants = Array.from({ length: 50 }, (_, n) => `t${n}`);
    const seen = await Promise.all(
      tenants.map((tenantId) =>
        asTenant(tenantId, async () => {
          await turn();
          return currentScope();
        }),
      ),
    );
    expect(seen).toEqual(tenants.map((tenantId) => ({ kind: 'tenant', tenantId })));
  });

  it('replace each other and come back', async () => {
    await asTenant('a', async () => {
      await asTenants(['b', 'c'], 'test', async () => {
        expect(currentScope()).toEqual({ kind: 'tenants', tenantIds: new Set(['b', 'c']), reason: 'test' });
      });
      expect(outsideContext(() => currentScope())).toBeUndefined();
      expect(currentScope()).toEqual({ kind: 'tenant', tenantId: 'a' });
    });
  });

  it('copy the set of a batch, so that it cannot grow', async () => {
    const tenantIds = new Set(['a']);
    await asTenants(tenantIds, 'test', async () => {
      tenantIds.add('b');
      expect(currentScope()).toMatchObject({ tenantIds: new Set(['a']) });
    });
  });

  it('count system work per reason', async () => {
    const before = systemScopeUses().get('test.count') ?? 0;
    await asSystem('test.count', async () => undefined);
    await asSystem('test.count', async () => undefined);
    expect(systemScopeUses().get('test.count')).toBe(before + 2);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['an empty tenant', () => asTenant('', async () => 1)],
    ['an undefined tenant', () => asTenant(undefined as unknown as string, async () => 1)],
    ['an object as tenant', () => asTenant({ $ne: '' } as unknown as string, async () => 1)],
    ['an empty tenant in a batch', () => asTenants(['a', ''], 'test', async () => 1)],
    ['a batch without reason', () => asTenants(['a'], '', async () => 1)],
    ['system work without reason', () => asSystem('', async () => 1)],
  ])('refuse %s', async (_name, work) => {
    await expect(work()).rejects.toThrow(TenancyViolation);
  });
});

describe('outsideContext', () => {
  it('keeps a refusal inside from the transaction that happened to start the batch', async () => {
    const batch = () => outsideContext(() => asTenant('', async () => 1)).catch(() => 'refused');
    await expect(failOnRefusal(batch)).resolves.toBe('refused');
    const own = async () => {
      try {
        return refuse('test');
      } catch {
        return 'caught';
      }
    };
    await expect(failOnRefusal(own)).rejects.toThrow(TenancyViolation);
    await expect(failOnRefusal(() => outsideContext(own))).resolves.toBe('caught');
  });
});
