// The two tenancy layers that a mutation check takes away to see the tenancy tests fail.
// Invariant: both are on unless shared/testing turned one off; nothing else imports `removeLayer`
// (it is not part of the package's public entry), and no environment is read here.
export type TenancyLayer = 'plugin' | 'guard';

const removed = new Set<TenancyLayer>();

/** True unless a mutation check took the layer away in this process. */
export function layerIsOn(layer: TenancyLayer): boolean {
  return !removed.has(layer);
}

/** Takes a layer away for the life of the process; for shared/testing only. */
export function removeLayer(layer: TenancyLayer): void {
  removed.add(layer);
}
