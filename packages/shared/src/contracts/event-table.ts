// Which events a reader handles, and how. Invariant: what a consumer or a tail subscribes to follows from its table, so
// that a handler that is not subscribed to, or an event without a handler, cannot be written.
import type { z } from 'zod';
import type { Domain, DomainEvent, EventDefinition } from './event.ts';

/** An event of this definition, with the data that its schema promises. */
export type EventOf<Definition extends EventDefinition> = DomainEvent<
  z.output<Definition['data']> & Record<string, unknown>
>;

/** One row of a table. */
export type HandledEvent<Context> = {
  readonly definition: EventDefinition;
  readonly handle: (event: DomainEvent, context: Context) => void;
};

export type EventTable<Context> = {
  /** What to subscribe to. */
  readonly events: readonly EventDefinition[];
  /** The domains that publish them. */
  readonly domains: readonly Domain[];
  /**
   * Hands an event to its handlers, in the order of the table. Its data must be parsed: by `read`, or by a consumer.
   */
  dispatch(event: DomainEvent, context: Context): void;
  /**
   * The event in a stream entry's text, its data parsed; undefined, without parsing, for one without a handler.
   * Throws when it does not fit.
   */
  read(text: string): DomainEvent | undefined;
};

/** A row: this event goes to this handler. */
export function on<Definition extends EventDefinition, Context>(
  definition: Definition,
  handle: (event: EventOf<Definition>, context: Context) => void,
): HandledEvent<Context> {
  return { definition, handle: handle as HandledEvent<Context>['handle'] };
}

/** A table of rows; an event may have several. */
export function eventTable<Context>(rows: readonly HandledEvent<Context>[]): EventTable<Context> {
  const byType = Map.groupBy(rows, ({ definition }) => definition.type);
  const definitions = new Map(rows.map(({ definition }) => [definition.type, definition]));
  const events = [...definitions.values()];
  return {
    events,
    domains: [...new Set(events.map(({ domain }) => domain))],
    dispatch(event, context) {
      for (const { handle } of byType.get(event.type) ?? []) handle(event, context);
    },
    read(text) {
      // makeEvent puts the envelope before the data, so the first type in the text is the event's.
      const hint = typeIn(text);
      if (hint !== undefined && !definitions.has(hint)) return undefined;
      const event = JSON.parse(text) as DomainEvent;
      const definition = definitions.get(event.type);
      return definition && { ...event, data: definition.data.parse(event.data) as DomainEvent['data'] };
    },
  };
}

const typeKey = '"type":"com.holdfast.';

/** The first event type in a text of JSON. */
function typeIn(text: string): string | undefined {
  const at = text.indexOf(typeKey);
  if (at < 0) return undefined;
  const from = at + '"type":"'.length;
  return text.slice(from, text.indexOf('"', from));
}
