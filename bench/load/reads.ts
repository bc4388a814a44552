// What the reader of the catalog is asked for and what it tells.
import type { Latency } from '../measure/quantile.ts';

/** What is read; in the order of how often: the first half of a Zipf distribution is a few dozen things. */
export type Shelf = {
  variants: readonly { id: string; productId: string }[];
  /** Pages of lists, as request targets. */
  pages: readonly string[];
};

export type ReadSpec = {
  url: string;
  /** Authorization of who reads, and of who writes and reads what it has written. */
  customer: string;
  owner: string;
  seconds: number;
  inFlight: number;
  /** Shares of all requests: pages of lists (the rest are details, products and variants in turn) and writes. */
  listShare: number;
  writeShare: number;
  /** Of the Zipf distribution: the nth is read 1 / n^exponent times as often as the first. */
  exponent: number;
};

export type ReadResult = {
  seconds: number;
  reads: number;
  /** Of those that were answered in time. */
  perSecond: number;
  writes: number;
  /** Answers to reads by status; 0 is a connection that broke. */
  statuses: Record<string, number>;
  /** By `X-Cache`. */
  results: Record<string, number>;
  bytes: number;
  latencyMs: Latency | undefined;
  /** Reads of something that was changed during the run, of which the values are compared. */
  compared: number;
  /** How long before a read was sent the write had been answered whose value it did not see yet; 0: never. */
  stalestMs: number;
  /** Reads of a writer that did not see its own write. */
  ownMissed: number;
};
