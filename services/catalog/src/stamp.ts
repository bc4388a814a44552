// When and for which request a change happens: what pure deciders need to make events.
export type Stamp = {
  now: Date;
  /** A new event id with each call. */
  eventId: () => string;
  trace: { correlationId?: string | undefined; traceparent?: string | undefined };
};
