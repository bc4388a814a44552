// The field that carries an evented document's events, and the plan that finds documents by id.
import type { storeEvents } from '@holdfast/shared/messaging';

export type Evented = { events: ReturnType<typeof storeEvents> };

/** Documents are found by id on the hot path: named, so that no plan is tried out or can be wrong. */
export const byId = { _id: 1 } as const;
/** Events are for the relay; nobody else reads them. */
export const withoutEvents = { events: 0 } as const;
