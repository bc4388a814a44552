// The read-through cache (docs/adr/0016).
export * from './cache-store.ts';
export * from './cached-answer.ts';
export * from './patient-store.ts';
export * from './read-through.ts';
export * from './stamp.ts';
export * from './told-changes.ts';
export * from './write-marks.ts';
