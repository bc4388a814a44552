// Public entry of the data layer. `layers.ts` stays inside: only shared/testing may take a layer away.
export * from './collection/index.ts';
export * from './connection.ts';
export * from './context.ts';
export * from './create-once.ts';
export * from './errors.ts';
export { guardCommand } from './guard/command.ts';
export type { Guard, Refusal } from './guard/guard.ts';
export * from './indexes.ts';
export { tenantPlugin } from './plugin/plugin.ts';
export type { GuardRules } from './rules.ts';
export * from './schema.ts';
export { type StoredEvent, storeEvents } from './stored-events.ts';
export * from './transaction.ts';
