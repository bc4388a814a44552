// Appends a batch of domain events to their tenants' public logs. Invariant: heads, documents and the consumer's
// cursors are one transaction, so each event is in the log exactly once, whoever crashes or runs twice; so is one that
// comes twice. The states of variants are in it too: who has read of a change in the log finds it in them.
import type { Batch } from '@holdfast/shared/messaging';
import type { Clock } from '@holdfast/shared/values';
import type { VariantStateStore } from '../variants/variant-state.store.ts';
import { variantStateOf } from '../variants/variant-state.ts';
import type { PublicLogStore } from './public-log.store.ts';
import { appendToLog, type Head, isPublic } from './public-log.ts';
import type { Repeats } from './repeats.ts';

type Session = Parameters<PublicLogStore['append']>[2];
type Deps = { log: PublicLogStore; variants: Pick<VariantStateStore, 'apply'>; repeats: Repeats; clock: Clock };

/** Handles a batch of the consumer, in its transaction. Throws Conflict when another writer moved a head. */
export async function appendEvents(
  { log, variants, repeats, clock }: Deps,
  batch: Batch,
  session: Session,
): Promise<void> {
  const states = batch.entries.map(({ event }) => variantStateOf(event)).filter((state) => state !== undefined);
  await variants.apply(states, session);
  const brought = batch.entries
    .filter(({ event }) => isPublic(event))
    .map(({ event, domain, id }) => ({ event, entry: `${domain}:${id}` }));
  const heads = await readHeads(log, new Set(brought.map(({ event }) => event.tenantid)), session);
  const unknown = repeats.unknown(heads);
  const ids = await log.readLastIds(unknown, session);
  for (const head of unknown) repeats.learn(head, ids.get(head.tenantId) ?? []);
  const append = appendToLog(repeats.fresh(brought), heads);
  for (const { tenantId, to } of append.moves) repeats.moved({ tenantId, sequence: to });
  await log.append(append, clock.now(), session);
}

/** Of every tenant, 0 where there is none. */
async function readHeads(log: PublicLogStore, tenantIds: ReadonlySet<string>, session: Session): Promise<Head[]> {
  const found = new Map((await log.readHeads(tenantIds, session)).map((head) => [head.tenantId, head]));
  return [...tenantIds].map((tenantId) => found.get(tenantId) ?? { tenantId, sequence: 0 });
}
