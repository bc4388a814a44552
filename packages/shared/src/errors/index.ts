export * from './catalogue.ts';
export * from './domain-error.ts';
export * from './outage.ts';
