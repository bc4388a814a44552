// Taking a tenancy layer away, to see that the tenancy tests notice. Invariant: `HOLDFAST_TEST_WITHOUT` is read here
// and nowhere else, and only tests import this folder.
import { removeLayer, type TenancyLayer } from '../persistence/layers.ts';

/** Removes the layer named by HOLDFAST_TEST_WITHOUT (plugin or guard) from this process; throws on another name. */
export function applyTenancySwitch(): void {
  const without = process.env.HOLDFAST_TEST_WITHOUT ?? '';
  if (without === '') return;
  if (without !== 'plugin' && without !== 'guard') throw new Error('HOLDFAST_TEST_WITHOUT is plugin or guard');
  removeLayer(without);
}

/** Removes a layer from this process, for a test file that proves what the other layer does alone. */
export function runWithoutLayer(layer: TenancyLayer): void {
  removeLayer(layer);
}
