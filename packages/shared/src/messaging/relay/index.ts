export { relayPositionsCollection } from './change-log.store.ts';
export type { RelayLog } from './ports.ts';
export * from './positions.ts';
export type { AlarmKind } from './publish.ts';
export { type StartRelayOptions, startRelay } from './relay.ts';
export { relayMetrics } from './relay-metrics.ts';
export type { Relay, RelayMetrics, RelayStatus } from './run-relay.ts';
