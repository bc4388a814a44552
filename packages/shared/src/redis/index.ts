export * from './connect.ts';
export * from './durable.ts';
export * from './keys.ts';
export * from './leases.ts';
