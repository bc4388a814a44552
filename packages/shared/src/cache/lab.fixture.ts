// Several processes with one cache store and one database, whose every step a test decides: reads, loads, commands and
// commits wait until they are let go, in any order; time passes only when told to. Keeps what was committed when, and
// says of each answer whether the promise held.
import { type Data, emptyData, type MemoryStore, memoryStore } from './memory-store.fixture.ts';
import { createReadThrough, type ReadThrough } from './read-through.ts';
import type { TagChange } from './stamp.ts';
import { createWriteMarker, type WriteMarker } from './write-marks.ts';

export const promisedMs = 1_000;
/** A relay and a tail that run tell a change within this. */
const toldWithinMs = 300;
/** Of a change that was marked nothing has to be told in time: the relay may have died with the writer. */
const toldLateMs = 20_000;
/** The database ends a transaction after this. */
const transactionMs = 5_000;
const tenant = 'ten_1';
const things = ['a', 'b'] as const;
export type Thing = (typeof things)[number];
export type Fate = 'ends' | 'dies marked' | 'dies committed';

type Process = { cache: ReadThrough; marker: WriteMarker; store: MemoryStore; isTold: boolean };
type Commit = { thing: Thing; version: number; atMs: number };
type Told = Commit & { process: Process; dueMs: number };

export function createLab(processCount: number) {
  let nowMs = 0;
  const clock = {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    after: () => () => {},
    nextTurn: (work: () => void) => work(),
  };
  const data: Data = emptyData();
  const waiting: (() => void)[] = [];
  const running = new Set<Promise<void>>();
  const commits: Commit[] = things.map((thing) => ({ thing, version: 1, atMs: Number.NEGATIVE_INFINITY }));
  /** What writers were told is done, and from when on every writer has to read it. */
  const answered: { thing: Thing; version: number; order: number }[] = [];
  let order = 0;
  let lossCount = 0;
  let toBeTold: Told[] = [];
  const broken: string[] = [];

  /** Waits for its turn. */
  const turn = () => new Promise<void>((resolve) => void waiting.push(resolve));
  const newest = (thing: Thing, atMs = nowMs) =>
    Math.max(...commits.filter((one) => one.thing === thing && one.atMs <= atMs).map(({ version }) => version));

  /** Answers are stored at any time after they were made. Of the other commands a step between them says as much. */
  function slow(store: MemoryStore): MemoryStore {
    return {
      ...store,
      async keep(...kept) {
        await turn();
        await store.keep(...kept);
      },
    };
  }

  function start(): Process {
    const store = memoryStore(data, clock);
    const process: Process = { store, isTold: true } as Process;
    process.cache = createReadThrough({
      store: slow(store),
      clock,
      random: { next: () => 0.5 },
      isTold: () => process.isTold,
    });
    process.marker = createWriteMarker(process.cache);
    return process;
  }
  const processes = Array.from({ length: processCount }, start);

  function run(work: () => Promise<void>): Promise<void> {
    const one = work().finally(() => running.delete(one));
    running.add(one);
    return one;
  }

  async function settled(): Promise<void> {
    for (let n = 0; n < 100; n += 1) await Promise.resolve();
  }

  const tell = async ({ process, thing, version }: Told) =>
    process.cache.tell(tenant, [{ tag: thing, version }, { tag: 'list' }]);

  /** Lets tails tell what is due. */
  async function passOn(): Promise<void> {
    const due = toBeTold.filter(({ process, dueMs }) => dueMs <= nowMs && process.isTold);
    toBeTold = toBeTold.filter((one) => !due.includes(one));
    await Promise.all(due.map(tell));
  }

  function check(asked: { isWriter: boolean; atMs: number; order: number; tag: string }, text: string): void {
    const shown = JSON.parse(text) as Record<Thing, number>;
    for (const thing of Object.keys(shown) as Thing[]) {
      const by = asked.isWriter
        ? Math.max(
            1,
            ...answered.filter((one) => one.thing === thing && one.order < asked.order).map((one) => one.version),
          )
        : 1;
      const least = Math.max(by, newest(thing, asked.atMs - promisedMs));
      if (shown[thing] >= least) continue;
      broken.push(`${asked.isWriter ? 'a writer' : 'a reader'} got ${text} at ${asked.tag}, ${thing} was ${least}`);
    }
  }

  return {
    broken,
    read(at: number, tag: Thing | 'list', isWriter: boolean) {
      const process = processes[at % processCount]!;
      const shown = tag === 'list' ? things : ([tag] as const);
      const asked = { isWriter, atMs: nowMs, order: ++order, tag };
      const read = { tenantId: tenant, tag, name: `page of ${tag}`, isWriter };
      const make = async () => {
        await turn();
        const json = Buffer.from(JSON.stringify(Object.fromEntries(shown.map((thing) => [thing, newest(thing)]))));
        await turn();
        return { json };
      };
      const answer = async () => process.cache.peek(read) ?? (await process.cache.read(read, make)).answer;
      const shownText = answer().then(({ json }) => json.toString());
      run(async () => check(asked, await shownText));
      return shownText;
    },

    /** `isReached`: the writer's process reaches the store when it marks and when it settles. */
    write(at: number, thing: Thing, { fate, isReached }: { fate: Fate; isReached: boolean }) {
      const process = processes[at % processCount]!;
      const marks = process.marker.begin();
      const reach = <T>(call: () => Promise<T>): Promise<T> => {
        const { outage } = process.store;
        if (!isReached) process.store.outage = 'cut';
        const calling = call();
        process.store.outage = outage;
        return calling;
      };
      return run(async () => {
        const [beganAtMs, version, losses] = [nowMs, newest(thing) + 1, lossCount];
        const changes: TagChange[] = [{ tag: thing, version }, { tag: 'list' }];
        const isMarked = isReached && process.store.outage === 'none';
        await reach(() => marks.run(() => process.marker.changing(tenant, changes)));
        if (fate === 'dies marked') return;
        await turn();
        // Somebody else was first, or it took too long: nothing is committed.
        if (newest(thing) >= version || nowMs - beganAtMs > transactionMs) return reach(() => marks.settle());
        commits.push({ thing, version, atMs: nowMs });
        const dueMs = nowMs + (isMarked && losses === lossCount ? toldLateMs : toldWithinMs);
        for (const one of processes) toBeTold.push({ thing, version, atMs: nowMs, process: one, dueMs });
        if (fate === 'dies committed') return;
        await turn();
        await reach(() => marks.settle());
        if (isMarked && losses === lossCount) answered.push({ thing, version, order: ++order });
      });
    },

    /** Lets one of those that wait go on. */
    async step(which: number) {
      if (waiting.length > 0) waiting.splice(which % waiting.length, 1)[0]!();
      await settled();
    },
    async pass(ms: number) {
      const untilMs = nowMs + ms;
      for (const { dueMs } of toBeTold.toSorted((a, b) => a.dueMs - b.dueMs)) {
        if (dueMs > untilMs) break;
        nowMs = Math.max(nowMs, dueMs);
        await passOn();
      }
      nowMs = untilMs;
      await settled();
    },
    /** The server lost everything, or only this; that a mark is lost as well is made up for by what is told. */
    lose(tag?: string) {
      if (tag === undefined) {
        data.stamps.clear();
        data.answers.clear();
      } else data.stamps.delete(`${tenant}/${tag}`);
      lossCount += 1;
      toBeTold = toBeTold.map((one) => ({ ...one, dueMs: Math.min(one.dueMs, nowMs + toldWithinMs) }));
    },
    setOutage(at: number, outage: MemoryStore['outage']) {
      processes[at % processCount]!.store.outage = outage;
    },
    async setTold(at: number, isTold: boolean) {
      processes[at % processCount]!.isTold = isTold;
      await passOn();
      await settled();
    },
    /** All die, and others come that hear only of what is committed from now on. */
    restart() {
      for (const n of processes.keys()) processes[n] = start();
      toBeTold = [];
    },
    /** The stamp of all answers, for who compares. */
    tenantStamp: () => data.stamps.get(`${tenant}/all`)?.random,
    /** Everything goes on to its end. */
    async finish() {
      for (let n = 0; n < 10_000 && running.size + waiting.length > 0; n += 1) {
        for (const go of waiting.splice(0)) go();
        await settled();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
