export * from './cpu-time.ts';
/** Public entry of what only tests use. */
export * from './tenancy-switch.ts';
export * from './tokens.ts';
export * from './until.ts';
