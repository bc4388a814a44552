// The load generator: a closed loop over kept-alive connections, one request at a time on each, with as little work per
// request as can be. It runs in a process of its own, so that its CPU time is never counted as the platform's.
import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { answerMs, connectingMax } from '../limits.ts';
import { latencyOf } from '../measure/quantile.ts';
import { noteToParent, serveParent } from '../worker.ts';
import { type AnsweredOrder, type Buyer, type LoadResult, type LoadSpec, refusedNote } from './load.ts';

type Answered = { status: number; id: string | undefined };

/** Where an answer names the order: the first id of the order itself, and what a refusal says. */
const idMarks: Readonly<Record<number, string>> = { 201: '"id":"', 202: '"id":"', 409: '"orderId":"' };

function idIn(text: string, mark: string): string | undefined {
  const start = text.indexOf(mark);
  if (start < 0) return undefined;
  const end = text.indexOf('"', start + mark.length);
  return end < 0 ? undefined : text.slice(start + mark.length, end);
}

/** Sends one request and reads its answer; a broken connection is status 0. */
function send(client: Client, path: string, headers: string[], body: string): Promise<Answered> {
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    client.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          if (idMarks[status]) text += chunk.toString('latin1');
        },
        onResponseEnd() {
          const mark = idMarks[status];
          resolve({ status, id: mark === undefined ? undefined : idIn(text, mark) });
        },
        onResponseError() {
          resolve({ status: 0, id: undefined });
        },
      },
    );
  });
}

/** Opens connections before anything is measured: a gateway accepts one in each turn of its event loop. */
async function openAll(clients: readonly Client[]): Promise<void> {
  let next = 0;
  const openSome = async () => {
    while (next < clients.length) {
      const client = clients[next++]!;
      const { body } = await client.request({ path: '/health/live', method: 'GET' });
      await body.dump();
    }
  };
  await Promise.all(Array.from({ length: connectingMax }, openSome));
}

/** The body of an order of `lines` different variants. */
function orderOf({ variants }: Buyer, lines: number): string {
  const picked = new Set<string>();
  while (picked.size < Math.min(lines, variants.length)) {
    picked.add(variants[Math.floor(Math.random() * variants.length)]!);
  }
  return `{"lines":[${[...picked].map((id) => `{"variantId":"${id}","quantity":1}`).join(',')}]}`;
}

/** Collects what one load came to. */
function createTally(startedAt: number, seconds: number) {
  const confirmed = new Set<string>();
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const counts = { confirmedInTime: 0, refusedInTime: 0, lastConfirmedAt: 0 };
  let firstRefused: LoadResult['firstRefused'];
  let endedAt = 0;
  return {
    answered(answer: Answered, sentAt: number): void {
      const now = performance.now();
      latencies.push(now - sentAt);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    },
    /** All copies of one order were answered. */
    order(answers: readonly Answered[]): void {
      const at = (performance.now() - startedAt) / 1_000;
      endedAt = at;
      for (const { status, id } of answers) if (status === 201 && id !== undefined) confirmed.add(id);
      if (answers.some(({ status }) => status === 201)) {
        if (at <= seconds) counts.confirmedInTime++;
        counts.lastConfirmedAt = at;
      } else if (answers[0]!.status === 409) {
        if (at <= seconds) counts.refusedInTime++;
        if (!firstRefused) {
          firstRefused = { at, confirmed: confirmed.size };
          noteToParent(refusedNote);
        }
      }
    },
    result: (sent: number, told: AnsweredOrder[]): LoadResult => ({
      seconds: Number.isFinite(seconds) ? seconds : endedAt,
      sent,
      told,
      statuses,
      confirmed: confirmed.size,
      ...counts,
      latencyMs: latencyOf(latencies),
      firstRefused,
    }),
  };
}

async function run(spec: LoadSpec): Promise<LoadResult> {
  const { until, copies, buyers, path, lines, isTold = false } = spec;
  const seconds = 'seconds' in until ? until.seconds : Number.POSITIVE_INFINITY;
  const ordersMax = 'orders' in until ? until.orders : Number.POSITIVE_INFINITY;
  const clients: Client[] = [];
  const connect = () => {
    const client = new Client(spec.url, { pipelining: 1, headersTimeout: answerMs, bodyTimeout: answerMs });
    clients.push(client);
    return client;
  };
  const owners = buyers.flatMap(({ inFlight = 0 }, buyer) => Array.from({ length: inFlight }, () => buyer));
  const opened = owners.map(connect);
  await openAll(opened);
  const headersOf = buyers.map(({ headers }) =>
    Object.entries({ ...headers, 'content-type': 'application/json' }).flat(),
  );
  const keys = randomUUID();
  const startedAt = performance.now();
  const tally = createTally(startedAt, seconds);
  const told: AnsweredOrder[] = [];
  let sent = 0;

  /** `only` buyer, or any. */
  async function buy(own: readonly Client[], only?: number): Promise<void> {
    while (sent < ordersMax && performance.now() - startedAt < seconds * 1_000) {
      const number = sent++;
      const chosen = only ?? Math.floor(Math.random() * buyers.length);
      const key = `${keys}-${number}`;
      const headers = [...headersOf[chosen]!, 'idempotency-key', key];
      const body = orderOf(buyers[chosen]!, lines);
      const sentAt = performance.now();
      const wallSentAt = Date.now();
      const answers = await Promise.all(
        own.map(async (client) => {
          const answer = await send(client, path, headers, body);
          tally.answered(answer, sentAt);
          if (isTold) told.push({ key, buyer: chosen, ...answer, sentAt: wallSentAt, answeredAt: Date.now() });
          return answer;
        }),
      );
      tally.order(answers);
    }
  }

  const loops = Math.max(1, Math.floor(spec.inFlight / copies));
  if (owners.length > 0) await Promise.all(owners.map((buyer, n) => buy([opened[n]!], buyer)));
  else await Promise.all(Array.from({ length: loops }, () => buy(Array.from({ length: copies }, connect))));
  await Promise.all(clients.map((client) => client.close()));
  return tally.result(sent, told);
}

serveParent({ run });
