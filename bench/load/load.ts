// What the load generator is asked for and what it tells.
import type { Latency } from '../measure/quantile.ts';

/**
 * Who orders and what they may order: one is picked at random for every order, unless each has a number of requests of
 * its own.
 */
export type Buyer = {
  headers: Record<string, string>;
  variants: readonly string[];
  /** Requests that this buyer has open at any time, whoever else has; given for all buyers or for none. */
  inFlight?: number;
};

/** One request and its answer; times are milliseconds since the epoch. */
export type AnsweredOrder = {
  key: string;
  /** Index of the buyer who asked. */
  buyer: number;
  /** 0 is a connection that broke. */
  status: number;
  /** The order that the answer names. */
  id: string | undefined;
  sentAt: number;
  answeredAt: number;
};

export type LoadSpec = {
  /** Origin of the server. */
  url: string;
  path: string;
  /** Requests that are open at any time; the sum of those of the buyers where these have their own. */
  inFlight: number;
  buyers: readonly Buyer[];
  /** Different variants of one order, one unit each. */
  lines: number;
  /** Every order is sent this many times at once, with one Idempotency-Key. */
  copies: number;
  /** A closed loop over this time, or until this many orders were sent. */
  until: { seconds: number } | { orders: number };
  /** Whether the result lists every answer; default false. */
  isTold?: boolean;
};

export type LoadResult = {
  /**
   * The time that rates refer to: to the end of the loop,
   * without the last requests' way home when it was bounded by time.
   */
  seconds: number;
  /** Different orders that were sent. */
  sent: number;
  /** Answers by status; 0 is a connection that broke. */
  statuses: Record<string, number>;
  /** Different orders that were confirmed (201). */
  confirmed: number;
  told: AnsweredOrder[];
  /** Orders confirmed, and refused with 409, within `seconds`. */
  confirmedInTime: number;
  refusedInTime: number;
  latencyMs: Latency | undefined;
  /** When the last order was confirmed, in seconds from the start. */
  lastConfirmedAt: number;
  /** When the first order was refused with 409, and how many were confirmed until then; undefined when none was. */
  firstRefused: { at: number; confirmed: number } | undefined;
};

/** The note that the generator sends when an order is refused for the first time. */
export const refusedNote = 'refused';
