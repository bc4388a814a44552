export * from './catalogue.ts';
export * from './domain-error.ts';
