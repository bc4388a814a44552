// The collections that messaging keeps in a service's database, for the rules of its tenancy guard.
import { consumerCollections } from './consumer/consumer.ts';
import { relayPositionsCollection } from './relay/change-log.store.ts';

/** `global`: they belong to no tenant; a service declares them when it opens its database. */
export const messagingCollections = {
  global: [relayPositionsCollection, ...consumerCollections.global],
  tenanted: consumerCollections.tenanted,
} as const;
