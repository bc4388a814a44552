// One blocking XREAD over many streams on a connection of its own, that can be interrupted. Used by consumers and
// tails. Invariant: at most one read is in flight; a read ends by entries, its time, an interrupt, or an error, never
// by silence.
import { setTimeout as delay } from 'node:timers/promises';
import { connectRedis } from '../../redis/index.ts';
import { interruptRepeatMs, readGraceMs } from './limits.ts';

/** One stream entry as it is stored in Redis: id and CloudEvent JSON text. */
export interface RawEntry {
  readonly id: string;
  readonly text: string;
}

export interface BlockingReader {
  /**
   * Entries after the given ids by stream key, at most `countMax` of each; empty after `blockMs` or an interrupt,
   * undefined when it was interrupted before it asked.
   */
  read(
    after: ReadonlyMap<string, string>,
    countMax: number,
    blockMs: number,
  ): Promise<Map<string, RawEntry[]> | undefined>;
  /** Ends the running read, or the next one if none is running. */
  interrupt(): void;
  close(): void;
}

type Fields = [name: string, text: string];
type StreamReply = [key: string, entries: [id: string, fields: Fields][]];

/** The text of field `e`; '' for an entry that is not ours, which the reader of entries then refuses. */
function textOf(fields: readonly string[]): string {
  return fields[0] === 'e' ? (fields[1] ?? '') : '';
}

/** A reader with two connections: one that blocks, one that can unblock it. */
export function openBlockingReader(url: string, purpose: string): BlockingReader {
  const blocking = connectRedis(url, { purpose: `${purpose}-read`, blocking: true });
  const control = connectRedis(url, { purpose: `${purpose}-control` });
  let pending = false;
  let running = false;

  const unblock = async () => {
    while (running && pending) {
      const id = await blockingId().catch(() => undefined);
      if (id !== undefined) await control.client('UNBLOCK', id).catch(() => {});
      await delay(interruptRepeatMs);
    }
  };
  let clientId: Promise<number> | undefined;
  blocking.on('ready', () => {
    clientId = blocking.client('ID');
    clientId.catch(() => {});
  });
  const blockingId = async () => clientId;

  const withLimit = async <T>(work: Promise<T>, ms: number): Promise<T> => {
    const timer = setTimeout(() => blocking.disconnect(true), ms);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async read(after, countMax, blockMs) {
      if (pending) {
        pending = false;
        return undefined;
      }
      const keys = [...after.keys()];
      running = true;
      try {
        const call = blocking.xread('COUNT', countMax, 'BLOCK', blockMs, 'STREAMS', ...keys, ...after.values());
        const reply = (await withLimit(call, blockMs + readGraceMs)) as StreamReply[] | null;
        return new Map(
          (reply ?? []).map(([key, entries]) => [key, entries.map(([id, fields]) => ({ id, text: textOf(fields) }))]),
        );
      } finally {
        running = false;
        pending = false;
      }
    },
    interrupt() {
      const first = !pending;
      pending = true;
      if (first && running) void unblock();
    },
    close() {
      blocking.disconnect();
      control.disconnect();
    },
  };
}
