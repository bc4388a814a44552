// Reads the catalog in a closed loop, like the load generator, and changes a price now and then. Prices only rise, so
// each read of a changed variant tells how old what it saw is. Its own writes are read back by their writer at once.
import { Client } from 'undici';
import { answerMs, comparedPages } from '../limits.ts';
import { latencyOf } from '../measure/quantile.ts';
import { serveParent } from '../worker.ts';
import type { ReadResult, ReadSpec, Shelf } from './reads.ts';

type Answer = { status: number; result: string; text: string; bytes: number };
type Written = { amount: number; answeredAt: number };

let shelf: Shelf = { variants: [], pages: [] };

/** Ranks from 0 to count - 1, by the distribution; its sums are kept, so that one draw is a search. */
function zipf(count: number, exponent: number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    sum += 1 / (n + 1) ** exponent;
    sums[n] = sum;
  }
  return () => {
    const wanted = Math.random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

type Request = { method: 'GET' | 'PATCH'; path: string; authorization: string; body?: string; isRead: boolean };

/** `isRead`: whether the body is wanted. */
function send(client: Client, { method, path, authorization, body, isRead }: Request): Promise<Answer> {
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  return new Promise((resolve) => {
    const answer: Answer = { status: 0, result: 'none', text: '', bytes: 0 };
    client.dispatch(
      { path, method, headers, body: body ?? null },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, head) {
          answer.status = status;
          answer.result = String(head['x-cache'] ?? 'none');
        },
        onResponseData(_controller, chunk) {
          answer.bytes += chunk.byteLength;
          if (isRead) answer.text += chunk.toString('latin1');
        },
        onResponseEnd: () => resolve(answer),
        onResponseError: () => resolve({ ...answer, status: 0 }),
      },
    );
  });
}

/** The price of a variant in the text of an answer; undefined when it is not in it. */
function amountIn(text: string, variantId: string): number | undefined {
  const at = text.indexOf(`"id":"${variantId}"`);
  const amount = at < 0 ? undefined : /"amount":(\d+)/.exec(text.slice(at, at + 1_000))?.[1];
  return amount === undefined ? undefined : Number(amount);
}

/** What was written and answered, and what is seen of it. */
function createLedger() {
  const written = new Map<string, Written[]>();
  const ofProduct = new Map<string, Set<string>>();
  const writing = new Set<string>();
  const counts = { compared: 0, stalestMs: 0, ownMissed: 0 };
  let amount = 1_000_000;
  return {
    counts,
    ofProduct: (productId: string) => ofProduct.get(productId) ?? new Set<string>(),
    all: () => written.keys(),
    has: (id: string) => written.has(id),
    /** The next price; undefined while another write of this variant is under way. */
    begin(id: string): number | undefined {
      if (writing.has(id)) return undefined;
      writing.add(id);
      return ++amount;
    },
    end({ id, productId }: Shelf['variants'][number], written_: Written | undefined): void {
      writing.delete(id);
      if (!written_) return;
      const list = written.get(id) ?? [];
      list.push(written_);
      written.set(id, list);
      ofProduct.set(productId, (ofProduct.get(productId) ?? new Set()).add(id));
    },
    /** Compares what a read that was sent at this time saw of a variant. */
    see(id: string, seen: number | undefined, sentAt: number): void {
      if (seen === undefined) return;
      counts.compared++;
      const missed = written.get(id)?.find((one) => one.amount > seen);
      if (missed && missed.answeredAt < sentAt) {
        counts.stalestMs = Math.max(counts.stalestMs, sentAt - missed.answeredAt);
      }
    },
  };
}

async function run(spec: ReadSpec): Promise<ReadResult> {
  const { variants, pages } = shelf;
  const [pickVariant, pickPage] = [zipf(variants.length, spec.exponent), zipf(pages.length, spec.exponent)];
  const ledger = createLedger();
  const statuses: Record<string, number> = {};
  const results: Record<string, number> = {};
  const latencies: number[] = [];
  const total = { reads: 0, inTime: 0, writes: 0, bytes: 0 };
  const startedAt = performance.now();
  const endsAt = startedAt + spec.seconds * 1_000;

  async function read(client: Client, path: string, authorization: string, isRead: boolean) {
    const sentAt = performance.now();
    const answer = await send(client, { method: 'GET', path, authorization, isRead });
    const now = performance.now();
    latencies.push(now - sentAt);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    results[answer.result] = (results[answer.result] ?? 0) + 1;
    total.reads++;
    if (now <= endsAt) total.inTime++;
    total.bytes += answer.bytes;
    return { ...answer, sentAt };
  }

  async function readPage(client: Client): Promise<void> {
    const isCompared = total.reads % comparedPages === 0;
    const { text, sentAt } = await read(client, pages[pickPage()]!, spec.customer, isCompared);
    if (isCompared) for (const id of ledger.all()) ledger.see(id, amountIn(text, id), sentAt);
  }

  async function readDetail(client: Client): Promise<void> {
    const { id, productId } = variants[pickVariant()]!;
    if (total.reads % 2 === 0) {
      const { text, sentAt } = await read(client, `/v1/variants/${id}`, spec.customer, ledger.has(id));
      if (ledger.has(id) && text !== '') ledger.see(id, amountIn(text, id), sentAt);
      return;
    }
    const changed = ledger.ofProduct(productId);
    const { text, sentAt } = await read(client, `/v1/products/${productId}`, spec.customer, changed.size > 0);
    for (const one of text === '' ? [] : changed) ledger.see(one, amountIn(text, one), sentAt);
  }

  async function write(client: Client): Promise<void> {
    const variant = variants[pickVariant()]!;
    const amount = ledger.begin(variant.id);
    if (amount === undefined) return;
    const body = JSON.stringify({ price: { amount, currency: 'EUR' } });
    const path = `/v1/variants/${variant.id}`;
    const { status } = await send(client, { method: 'PATCH', path, authorization: spec.owner, body, isRead: false });
    total.writes++;
    ledger.end(variant, status === 200 ? { amount, answeredAt: performance.now() } : undefined);
    if (status !== 200) {
      statuses[`PATCH ${status}`] = (statuses[`PATCH ${status}`] ?? 0) + 1;
      return;
    }
    const shown = amount % 2 === 0 ? path : `/v1/products/${variant.productId}`;
    const { text } = await read(client, shown, spec.owner, true);
    if ((amountIn(text, variant.id) ?? 0) < amount) ledger.counts.ownMissed++;
  }

  async function loop(): Promise<void> {
    const client = new Client(spec.url, { pipelining: 1, headersTimeout: answerMs, bodyTimeout: answerMs });
    while (performance.now() < endsAt) {
      const chance = Math.random();
      if (chance < spec.writeShare) await write(client);
      else if (chance < spec.writeShare + spec.listShare) await readPage(client);
      else await readDetail(client);
    }
    await client.close();
  }
  await Promise.all(Array.from({ length: spec.inFlight }, loop));
  return {
    seconds: spec.seconds,
    reads: total.reads,
    perSecond: total.inTime / spec.seconds,
    writes: total.writes,
    statuses,
    results,
    bytes: total.bytes,
    latencyMs: latencyOf(latencies),
    ...ledger.counts,
  };
}

/** Reads each of the most read things once, the least of them first, so that the cache is as after a long time. */
async function warm({ url, customer, inFlight, count }: Pick<ReadSpec, 'url' | 'customer' | 'inFlight'> & Warmth) {
  const most = shelf.variants.slice(0, count);
  const products = new Set(most.map(({ productId }) => productId));
  const paths = [
    ...most.map(({ id }) => `/v1/variants/${id}`).reverse(),
    ...[...products].map((id) => `/v1/products/${id}`).reverse(),
    ...shelf.pages.toReversed(),
  ];
  let next = 0;
  const loop = async () => {
    const client = new Client(url, { pipelining: 1, headersTimeout: answerMs, bodyTimeout: answerMs });
    while (next < paths.length) {
      const path = paths[next++]!;
      const { status } = await send(client, { method: 'GET', path, authorization: customer, isRead: false });
      if (status !== 200) throw new Error(`${path}: ${status}`);
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
}
type Warmth = { count: number };

serveParent({
  fill: async (filled: Shelf) => {
    shelf = filled;
  },
  warm,
  run,
});
