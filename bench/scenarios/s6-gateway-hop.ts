// S6: what the gateway's hop costs: the same constant answer, asked for directly (F4) and through the gateway (F5).
import { behindGateway, direct } from '../baselines/hop.ts';
import { atLeast, cpuOf, p99, rate } from '../measure/measurement.ts';
import type { Scenario } from '../segment.ts';

export const s6: Scenario = {
  name: 's6',
  title: 'The gateway hop',
  segments: [direct, behindGateway],
  goals: (rounds) => [
    atLeast(
      'requests/s behind the gateway / direct',
      0.5,
      rounds.ratio([behindGateway.name, rate], [direct.name, rate]),
    ),
  ],
  notes: (rounds) => [
    // The generator shares the machine and may be what limits the direct rate; CPU tells what the servers could do.
    {
      text: 'requests per CPU-second behind the gateway / direct',
      measured: rounds.ratio([direct.name, cpuOf], [behindGateway.name, cpuOf]),
      unit: 'x',
    },
    {
      text: 'p99 added by the gateway',
      measured: rounds.difference([behindGateway.name, p99], [direct.name, p99]),
      unit: 'ms',
    },
  ],
};
