// Answers that their clients do not take. Invariant: the bytes that wait in this process are bounded, for each
// connection in time and for all of them in sum; who reads slowly, but reads, is let finish.
import type { Peer } from './connections.ts';

export type StallLimits = {
  /** For an answer, or what is left of it, to be taken. */
  answerTakenMs: number;
  /** Bytes that a client must take for each further second. */
  bytesPerSecondMin: number;
  /** Of all connections together. */
  waitingBytesMax: number;
};
type Backlog = Pick<Peer, 'writableLength' | 'bytesWritten'>;
type Waiting = { sinceMs: number; takenBytes: number };

/** Looks at the connections from time to time; returns those to cut off. */
export function createStallWatch<Socket extends Backlog>({
  answerTakenMs,
  bytesPerSecondMin,
  waitingBytesMax,
}: StallLimits): (open: Iterable<Socket>, nowMs: number) => Socket[] {
  let known = new Map<Socket, Waiting>();
  return (open, nowMs) => {
    const waiting = new Map<Socket, Waiting>();
    const stalled: Socket[] = [];
    let bytes = 0;
    for (const socket of open) {
      const { writableLength, bytesWritten } = socket;
      if (writableLength === 0) continue;
      const takenBytes = bytesWritten - writableLength;
      const since = known.get(socket) ?? { sinceMs: nowMs, takenBytes };
      const earnedMs = ((takenBytes - since.takenBytes) / bytesPerSecondMin) * 1_000;
      if (nowMs - since.sinceMs > answerTakenMs + earnedMs) {
        stalled.push(socket);
        continue;
      }
      waiting.set(socket, since);
      bytes += writableLength;
    }
    if (bytes > waitingBytesMax) {
      for (const [socket] of [...waiting].sort(([, a], [, b]) => a.sinceMs - b.sinceMs)) {
        if (bytes <= waitingBytesMax) break;
        bytes -= socket.writableLength;
        waiting.delete(socket);
        stalled.push(socket);
      }
    }
    known = waiting;
    return stalled;
  };
}
