export { createManualClock, type ManualClock } from './manual-clock.ts';
/** Public entry of what only tests use. */
export * from './tenancy-switch.ts';
export * from './tokens.ts';
