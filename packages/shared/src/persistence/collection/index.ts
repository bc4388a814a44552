export * from './collection.ts';
export * from './definition.ts';
export * as field from './fields.ts';
export * from './purge.ts';
