// The world of one simulated run: virtual time, a queue of what happens next, processes that live, pause and die.
// Invariant: one thing happens at a time, in an order that only the seed decides; nothing here knows real time.
import { type Chance, chanceOf } from './random.ts';

/** One life of a process, from its start to its crash. */
export interface Life {
  readonly name: string;
  alive: boolean;
  /** Nothing of this process runs before then; requests that it has sent are not held up. */
  pausedUntilMs: number;
}

export interface Step {
  readonly atMs: number;
  readonly text: string;
}

interface Happening {
  atMs: number;
  readonly order: number;
  readonly life: Life | undefined;
  readonly text: string;
  readonly work: () => void;
  isOff: boolean;
}

/** Time starts here, so that ids and dates look like themselves. */
const epochMs = Date.UTC(2027, 0, 1);

export class World {
  readonly chance: Chance;
  readonly seed: number;
  /** How many of the last steps are remembered. */
  readonly #stepsKept: number;
  /** Milliseconds since the world began. */
  nowMs = 0;
  steps = 0;
  /** A running hash of all steps: two runs of a seed must agree on it. */
  digest = 0;
  /** Called when a process dies. */
  onCrash: (life: Life, why: string) => void = () => {};
  /** The first violation that was found; ends the run. */
  violation: string | undefined;

  readonly #queue: Happening[] = [];
  readonly #recent: Step[] = [];
  #order = 0;

  constructor(seed: number, stepsKept = 50) {
    this.seed = seed;
    this.#stepsKept = stepsKept;
    this.chance = chanceOf(seed);
  }

  now(): Date {
    return new Date(epochMs + this.nowMs);
  }

  /**
   * Does `work` after `ms`; with a life only if it still lives then, and not while it is paused.
   * Returns how to call it off.
   */
  after(ms: number, text: string, work: () => void, life?: Life): () => void {
    this.#order += 1;
    const item: Happening = { atMs: this.nowMs + ms, order: this.#order, life, text, work, isOff: false };
    push(this.#queue, item);
    return () => {
      item.isOff = true;
    };
  }

  /** Notes what happens; the detail is for readers only and may differ between two runs of a seed. */
  note(text: string, detail?: string): void {
    this.steps += 1;
    for (let n = 0; n < text.length; n += 1) this.digest = (Math.imul(this.digest, 31) + text.charCodeAt(n)) | 0;
    this.digest = (Math.imul(this.digest, 31) + (Math.round(this.nowMs * 1_000) | 0)) | 0;
    const step = { atMs: this.nowMs, text: detail === undefined ? text : `${text} (${detail})` };
    if (this.#recent.length < this.#stepsKept) this.#recent.push(step);
    else this.#recent[(this.steps - 1) % this.#stepsKept] = step;
  }

  /** The last steps, oldest first. */
  recent(): Step[] {
    const first = this.#recent.length < this.#stepsKept ? 0 : this.steps % this.#stepsKept;
    return [...this.#recent.slice(first), ...this.#recent.slice(0, first)];
  }

  violate(text: string): void {
    this.violation ??= text;
  }

  crash(life: Life, why: string): void {
    if (!life.alive) return;
    life.alive = false;
    this.note(`CRASH ${life.name}: ${why}`);
    this.onCrash(life, why);
  }

  /** Time jumps: everybody was suspended. */
  jump(ms: number): void {
    this.nowMs += ms;
    this.note(`JUMP ${Math.round(ms / 1_000)} s`);
  }

  /** Lets things happen until `isOver`, a violation, or the end of time. */
  async run(untilMs: number, isOver: () => boolean): Promise<void> {
    while (this.violation === undefined) {
      const next = this.#queue[0];
      if (!next || next.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return;
      }
      pop(this.#queue);
      if (next.isOff) continue;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      const { life } = next;
      if (life && !life.alive) continue;
      if (life && life.pausedUntilMs > this.nowMs) {
        next.atMs = life.pausedUntilMs;
        push(this.#queue, next);
        continue;
      }
      this.note(life ? `${life.name} ${next.text}` : next.text);
      next.work();
      // Code of processes runs in promises: let it come to the point where it waits for this world again.
      if (life) await new Promise((resolve) => setImmediate(resolve));
      if (isOver()) return;
    }
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Happening[], item: Happening): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(item, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Happening[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
