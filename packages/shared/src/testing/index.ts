// Public entry of what only tests use.
export * from './cpu-time.ts';
export * from './flood.ts';
export * from './installation.ts';
export * from './manual-clock.ts';
export * from './tenancy-switch.ts';
export * from './test-service.ts';
export * from './tokens.ts';
export * from './until.ts';
