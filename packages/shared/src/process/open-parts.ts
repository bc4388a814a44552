// What a process opens (connections, timers, consumers) and how each part is closed again.
// Invariant: whatever was opened is closed once, in reverse order: at the end, when a later part does not open, and when the
// start is aborted. A part that does not close keeps no other open.
import type { Log } from '../telemetry/index.ts';

export interface Parts {
  /**
   * Opens the next part. Rejects when the start was or is aborted, without waiting for a part that is still being opened:
   * that one is closed as soon as it is open. Without `close` it is a step that leaves nothing open.
   */
  open<T>(name: string, open: () => T | Promise<T>, close?: (part: T) => unknown): Promise<T>;
  /** How to close a part that is open already. */
  onClose(name: string, close: () => unknown): void;
}

export interface OpenOptions {
  readonly log: Log;
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
  const stack = closerStack(options.log);
  try {
    const opened = await open({ onClose: stack.add, open: opener(stack, options.signal) });
    return { ...opened, close: stack.close };
  } catch (error) {
    // What does not close is logged; the reason for closing is the error that matters.
    await stack.close().catch(() => undefined);
    throw error;
  }
}

type CloserStack = ReturnType<typeof closerStack>;

function closerStack(log: Log) {
  const closers: { name: string; close: () => unknown }[] = [];
  let closing: Promise<void> | undefined;

  async function closeOne({ name, close }: (typeof closers)[number]): Promise<Error[]> {
    try {
      await close();
      return [];
    } catch (error) {
      log.error({ err: error, part: name }, 'a part did not close');
      return [new Error(`${name} did not close`, { cause: error })];
    }
  }
  async function closeAll(): Promise<void> {
    const failures: Error[] = [];
    for (let closer = closers.pop(); closer; closer = closers.pop()) failures.push(...(await closeOne(closer)));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }

  return {
    add(name: string, close: () => unknown): void {
      if (closing) void closeOne({ name, close });
      else closers.push({ name, close });
    },
    close(): Promise<void> {
      closing ??= closeAll();
      return closing;
    },
  };
}

function opener(stack: CloserStack, signal: AbortSignal | undefined): Parts['open'] {
  return async (name, open, close) => {
    signal?.throwIfAborted();
    const opening = Promise.resolve()
      .then(open)
      .then((part) => {
        if (close) stack.add(name, () => close(part));
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
  };
}
