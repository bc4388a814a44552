import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planDescriptors } from './descriptor-plan.ts';

it('everything that may be open at once fits into the limit, and nobody gets nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 64, max: 2_000_000 }), (limit) => {
      const { connectionsMax, socketsMax, ordersConnectionsMax, serviceConnectionsMax } = planDescriptors(limit);
      const shares = [connectionsMax, socketsMax, ordersConnectionsMax, serviceConnectionsMax];
      const others = 4;
      const open = connectionsMax + socketsMax + ordersConnectionsMax + others * serviceConnectionsMax;
      expect(open).toBeLessThanOrEqual(limit - Math.min(256, Math.floor(limit / 8)));
      expect(Math.min(...shares)).toBeGreaterThan(0);
    }),
  );
});

it('is as large as memory allows where descriptors are plenty', () => {
  expect(planDescriptors(1_048_576)).toMatchObject({
    connectionsMax: 20_000,
    socketsMax: 10_000,
    ordersConnectionsMax: 2_048,
    serviceConnectionsMax: 512,
  });
});
