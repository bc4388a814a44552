export * from './descriptors.ts';
export * from './open-parts.ts';
export * from './run-service.ts';
export * from './settings.ts';
