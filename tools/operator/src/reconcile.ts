// Reconciles every business, a page of them at a time, and says what differs.
import type { Config } from './config.ts';
import { send } from './send.ts';

type Job = { tenantId: string; id: string };
type Difference = { kind: string; variantId?: string; orderId?: string; expected: object; found: object; why?: string };
type Reconciliation = {
  status: 'running' | 'done' | 'failed';
  differenceCount: number;
  differences: Difference[];
  failure?: string;
};

const pollMs = 1_000;
/** A business of any size is through by then, second look and all. */
const waitMsMax = 3 * 3_600_000;

/** Prints each difference as it is known; answers whether every business was sound. */
export async function reconcileAll(config: Config, print: (line: string) => void): Promise<boolean> {
  let isSound = true;
  let count = 0;
  for (let after: string | null = ''; after !== null; ) {
    const answer: string = await send(config, '/internal/reconciliations', { after });
    const { jobs, next } = JSON.parse(answer) as { jobs: Job[]; next: string | null };
    for (const job of jobs) isSound = (await report(job, config, print)) && isSound;
    count += jobs.length;
    after = next;
  }
  print(`${count} businesses were reconciled: ${isSound ? 'no drift' : 'there is drift'}`);
  return isSound;
}

async function report(job: Job, config: Config, print: (line: string) => void): Promise<boolean> {
  const { tenantId, id } = job;
  const { status, failure, differences, differenceCount } = await untilEnded(job, config);
  if (status === 'failed') print(`${tenantId} failed: ${failure} (${id})`);
  for (const { kind, variantId, orderId, expected, found, why } of differences) {
    const what = variantId === undefined ? `order ${orderId}` : `variant ${variantId}`;
    const facts = `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
    print(`${tenantId} ${kind} ${what}: ${facts}${why === undefined ? '' : `; ${why}`} (${id})`);
  }
  return status === 'done' && differenceCount === 0;
}

async function untilEnded(job: Job, config: Config): Promise<Reconciliation> {
  const deadline = performance.now() + waitMsMax;
  for (;;) {
    const found = JSON.parse(await send(config, '/internal/reconciliations/read', job)) as Reconciliation;
    if (found.status !== 'running') return found;
    if (performance.now() > deadline) return { ...found, status: 'failed', failure: 'it is still running' };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
