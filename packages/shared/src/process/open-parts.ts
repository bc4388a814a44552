// What a process opens (connections, timers, consumers) and how each part is closed again.
// Invariant: whatever was opened is closed once, in reverse order: at the end, when a later part does not open, and
// when the start is aborted. A part that does not close keeps no other open.
import type { Logger } from '../telemetry/index.ts';

export interface Parts {
  /**
   * Opens the next part. Rejects when the start was or is aborted, without waiting for a part that is still being
   * opened: that one is closed as soon as it is open. Without `close` it is a step that leaves nothing open.
   */
  open<T>(name: string, open: () => T | Promise<T>, close?: (part: T) => unknown): Promise<T>;
  /** How to close a part that is open already. */
  onClose(name: string, close: () => unknown): void;
  /** Parts that do not need one another: they are closed at the same time, when it is the turn of this group. */
  group(name: string): Parts;
}

export interface OpenOptions {
  readonly log: Logger;
  /** Aborts the start. */
  readonly signal?: AbortSignal | undefined;
}

export interface Closeable {
  /** Closes everything; rejects when a part did not close, after trying all of them. */
  close(): Promise<void>;
}

/** Runs `open`, and adds how to close what it opened. When it throws, everything is closed first. */
export async function openParts<T extends object>(
  options: OpenOptions,
  open: (parts: Parts) => T | Promise<T>,
): Promise<T & Closeable> {
  const closers = createClosers(options.log, inReverse);
  try {
    const opened = await open(partsOf(closers, options));
    return { ...opened, close: closers.close };
  } catch (error) {
    // What does not close is logged; the reason for closing is the error that matters.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

type Closer = { name: string; close: () => unknown };
type Closers = { add(name: string, close: () => unknown): void; close(): Promise<void> };
type CloseOne = (closer: Closer) => Promise<Error[]>;
type Order = (closers: Closer[], closeOne: CloseOne) => Promise<Error[]>;

async function inReverse(closers: Closer[], closeOne: CloseOne): Promise<Error[]> {
  const failures: Error[] = [];
  for (const closer of closers.toReversed()) failures.push(...(await closeOne(closer)));
  return failures;
}

async function together(closers: Closer[], closeOne: CloseOne): Promise<Error[]> {
  return (await Promise.all(closers.map(closeOne))).flat();
}

function createClosers(log: Logger, order: Order): Closers {
  const closers: Closer[] = [];
  let closing: Promise<void> | undefined;

  async function closeOne({ name, close }: Closer): Promise<Error[]> {
    try {
      await close();
      return [];
    } catch (error) {
      log.error({ err: error, part: name }, 'a part did not close');
      return [new Error(`${name} did not close`, { cause: error })];
    }
  }
  async function closeAll(): Promise<void> {
    const failures = await order(closers, closeOne);
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }

  return {
    add(name, close) {
      if (closing) void closeOne({ name, close });
      else closers.push({ name, close });
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

function partsOf(closers: Closers, { log, signal }: OpenOptions): Parts {
  return {
    onClose: closers.add,
    group(name) {
      const group = createClosers(log, together);
      closers.add(name, group.close);
      return partsOf(group, { log, signal });
    },
    async open(name, open, close) {
      signal?.throwIfAborted();
      const opening = Promise.resolve()
        .then(open)
        .then((part) => {
          if (close) closers.add(name, () => close(part));
          return part;
        });
      const aborted = Promise.withResolvers<never>();
      const abort = () => aborted.reject(signal?.reason);
      signal?.addEventListener('abort', abort);
      try {
        return await Promise.race([opening, aborted.promise]);
      } finally {
        signal?.removeEventListener('abort', abort);
        opening.catch(() => undefined);
      }
    },
  };
}
