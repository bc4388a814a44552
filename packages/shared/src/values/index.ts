export * from './account.ts';
export * from './clock.ts';
export * from './ids.ts';
export * from './money.ts';
export * from './partition.ts';
export * from './quantity.ts';
export * from './sort-key.ts';
