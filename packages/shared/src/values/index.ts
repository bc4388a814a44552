export * from './bounded-map.ts';
export * from './clock.ts';
export * from './ids.ts';
export * from './log.ts';
export * from './money.ts';
export * from './partition.ts';
export * from './quantity.ts';
export * from './sort-key.ts';
