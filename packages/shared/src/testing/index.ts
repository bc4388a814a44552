/** Public entry of what only tests use. */
export * from './flood.ts';
export * from './tenancy-switch.ts';
export * from './tokens.ts';
