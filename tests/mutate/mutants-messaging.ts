// Mechanisms of the road from a document to its readers, taken away one by one.
import type { Mutant, MutantTest } from './mutant.ts';

const messaging = 'packages/shared/src/messaging';

const unit = (file: string, name: string): MutantTest => ({ project: 'unit', file: `${messaging}/${file}`, name });
const integration = (file: string, name: string): MutantTest => ({
  project: 'integration',
  file: `${messaging}/${file}`,
  name,
});

const consuming: readonly Mutant[] = [
  {
    name: 'cursor-last-id',
    mechanism: 'a cursor moves only from where it was left',
    file: `${messaging}/consumer/cursors.ts`,
    source: 'partition), lastId: from, epoch },',
    replacement: 'partition), epoch },',
    test: integration('consumer/cursors.int.test.ts', 'a cursor > moves only from where it was left'),
  },
  {
    name: 'cursor-epoch',
    mechanism: 'a cursor is moved only by the owner of its epoch',
    file: `${messaging}/consumer/cursors.ts`,
    source: 'partition), lastId: from, epoch },',
    replacement: 'partition), lastId: from },',
    test: integration('consumer/cursors.int.test.ts', 'a cursor > is not moved by an owner that was taken over'),
  },
  {
    name: 'cursor-with-effects',
    mechanism: 'effects are in the transaction of their cursor',
    file: `${messaging}/consumer/cursors.ts`,
    source: 'step.effects?.(running);',
    replacement: 'step.effects?.();',
    test: integration(
      'consumer/cursors.int.test.ts',
      'a cursor > that is not moved takes the effects of its step with it',
    ),
  },
  {
    name: 'cursor-checked',
    mechanism: 'a step whose cursor did not move is undone',
    file: `${messaging}/consumer/cursors.ts`,
    source: 'if (result.matchedCount !== moves.length) throw',
    replacement: 'if (result.matchedCount > moves.length) throw',
    test: integration(
      'consumer/cursors.int.test.ts',
      'a cursor > that is not moved takes the effects of its step with it',
    ),
  },
  {
    name: 'take-over-epoch',
    mechanism: 'whoever takes a partition over raises the epoch of its cursors',
    file: `${messaging}/consumer/cursors.ts`,
    source: 'update: { $max: { epoch }, $setOnInsert: {',
    replacement: 'update: { $setOnInsert: { epoch,',
    test: integration('consumer/cursors.int.test.ts', 'a cursor > is not moved by an owner that was taken over'),
  },
  {
    name: 'take-over-session',
    mechanism: 'whoever takes a partition over ends the open transaction of its former owner',
    file: `${messaging}/consumer/cursors.ts`,
    source: 'await killSessions(options.database, session, previous);',
    replacement: '',
    test: integration(
      'consumer/owner.int.test.ts',
      'owners > take over from a member killed between its first write and its commit',
    ),
  },
  {
    name: 'consumer-silence',
    mechanism: 'reads that are not answered are lag',
    file: `${messaging}/consumer/loop.ts`,
    source: 'return silentMs > readBlockMs + silenceSlackMs ? silentMs : 0;',
    replacement: 'return 0;',
    test: unit('consumer/lag.test.ts', 'grows while only reads are not answered'),
  },
  {
    name: 'consumer-silence-without-leases',
    mechanism: 'a consumer that owns nothing hears of Redis by its heartbeat',
    file: `${messaging}/consumer/loop.ts`,
    source: 'state.answeredAtMs = Math.max(state.answeredAtMs, ownership.heardAtMs);',
    replacement: 'state.answeredAtMs = Number.MAX_SAFE_INTEGER;',
    test: unit(
      'consumer/lag.test.ts',
      'grows from the last answer on, also without the leases, and is over with the first',
    ),
  },
  {
    name: 'consumer-stop-bound',
    mechanism: 'a consumer that stops does not wait for a Redis that hangs',
    file: `${messaging}/consumer/consumer.ts`,
    source: 'await withTimeout(clock, limits.leaveMs, stopped, () => streams.close());',
    replacement: '',
    test: unit('consumer/lag.test.ts', 'stopping > while Redis is frozen for 3500 ms takes two bounds'),
  },
  {
    name: 'drain-first',
    mechanism: 'orders wait until everything of the catalog that lay there before them is read',
    file: `${messaging}/consumer/batch.ts`,
    source: 'share.heldBack = true;\n      return share;',
    replacement: '',
    test: unit(
      'consumer/batch.test.ts',
      'planBatch > holds the others back while a drained-first stream may hold more than was read',
    ),
  },
  {
    name: 'foreign-entry',
    mechanism: 'an entry above the position is not applied',
    file: `${messaging}/consumer/batch.ts`,
    source: ' || isForeign(raw.id, state)',
    replacement: '',
    test: integration(
      'consumer/consumer.int.test.ts',
      'a partition stops aloud > at a foreign entry, and goes on when the stream has been rebuilt',
    ),
  },
  {
    name: 'missing-events',
    mechanism: 'a stream that lost events is not read on',
    file: `${messaging}/consumer/batch.ts`,
    source: "? alarm('events_missing') : undefined;",
    replacement: '? undefined : undefined;',
    test: integration(
      'consumer/consumer.int.test.ts',
      'a partition stops aloud > when its stream has lost events or comes from another database, also while no entry comes',
    ),
  },
  {
    name: 'outage-is-no-poison',
    mechanism: 'a connection that is lost under a bulk write is not the fault of an event',
    file: 'packages/shared/src/errors/outage.ts',
    source: 'export function isOutage(thrown: unknown): boolean {\n  const error = underlyingError(thrown);',
    replacement: 'export function isOutage(error: unknown): boolean {',
    test: {
      project: 'unit',
      file: `${messaging}/consumer/failure.test.ts`,
      name: 'a connection that is lost is never the fault of an event, however the driver shows it',
    },
  },
  {
    name: 'poison-alone',
    mechanism: 'a batch that fails is halved until the event at fault is alone',
    file: `${messaging}/consumer/poison.ts`,
    source: 'if (items.length === 1) return suspectOrBury(',
    replacement: 'if (items.length > 0) return suspectOrBury(',
    test: integration(
      'consumer/consumer.int.test.ts',
      'takes a poisoned batch apart, dead-letters the poison after five attempts and applies the rest in order',
    ),
  },
  {
    name: 'parking',
    mechanism: 'events behind a dead letter of their aggregate are parked',
    file: `${messaging}/consumer/parking.ts`,
    source: 'if (!blocked.has(aggregateKey(about)))',
    replacement: 'if (about)',
    test: unit(
      'consumer/parking.test.ts',
      'parkBehind > parks what comes after a letter of its aggregate, and only that',
    ),
  },
  {
    name: 'parking-bound',
    mechanism: 'what is parked is bounded',
    file: `${messaging}/consumer/parking.ts`,
    source: 'sum >= limits.deadLettersMax',
    replacement: 'false',
    test: unit('consumer/parking.test.ts', 'parkBehind > stops before more are parked in all than the limit'),
  },
];

const publishing: readonly Mutant[] = [
  {
    name: 'compare-and-append',
    mechanism: 'an append whose stream is older than believed changes nothing',
    file: `${messaging}/relay/append-script.ts`,
    source: "if at < ARGV[2] then return {'rewind', at} end",
    replacement: '',
    test: integration(
      'relay/event-streams.int.test.ts',
      'event streams: Redis > answers rewind when the stored position is older than believed',
    ),
  },
  {
    name: 'append-from-missing',
    mechanism: 'a stream that was read as missing and is there after all has to reach where the run began',
    file: `${messaging}/relay/append-script.ts`,
    source: "if at ~= '' and ARGV[2] == '' and at < ARGV[5] then return {'rewind', at} end",
    replacement: '',
    test: integration(
      'relay/event-streams.int.test.ts',
      'event streams: Redis > answers rewind when what was read as missing is there after all, and ends before this run began',
    ),
  },
  {
    name: 'append-once',
    mechanism: 'what the stream holds already is not appended again',
    file: `${messaging}/relay/append-script.ts`,
    source: 'if seconds > lastSeconds or (seconds == lastSeconds and sequence > lastSequence) then',
    replacement: 'if true then',
    test: integration(
      'relay/event-streams.int.test.ts',
      'event streams: Redis > appends in order and skips what is there',
    ),
  },
  {
    name: 'append-source',
    mechanism: 'streams of another database are left alone',
    file: `${messaging}/relay/append-script.ts`,
    source: "if source and source ~= ARGV[1] then return {'wrong-source', source} end",
    replacement: '',
    test: integration(
      'relay/event-streams.int.test.ts',
      'event streams: Redis > refuses another source and changes nothing',
    ),
  },
  {
    name: 'relay-position',
    mechanism: 'the relay raises what it believes with every append, so that a Redis that goes back is noticed',
    file: `${messaging}/relay/publish.ts`,
    source: 'if (position > share.believed) believed[share.partition] = position;',
    replacement: '',
    test: unit('relay/run-relay.test.ts', 'Redis that goes back in time between two appends'),
  },
  {
    name: 'relay-silence',
    mechanism: 'changes that the streams do not confirm are lag',
    file: `${messaging}/relay/run-relay.ts`,
    source: 'Math.min(publishedAtMs, heardAtMs)',
    replacement: 'heardAtMs',
    test: unit('relay/lag.test.ts', 'changes that are read and not appended are lag, although the lease is kept'),
  },
  {
    name: 'relay-idle-silence',
    mechanism: 'an idle relay whose Redis does not answer does not know that all is well',
    file: `${messaging}/relay/run-relay.ts`,
    source: '      renewed();\n',
    replacement: '      renewed();\n    } else if (clock.now()) {\n      renewed();\n',
    test: unit(
      'relay/lag.test.ts',
      'while redis is frozen > the lag grows from the last answer on, also without the lease, and is over with the first',
    ),
  },
  {
    name: 'relay-stop-bound',
    mechanism: 'a relay that stops does not wait for a Redis that hangs',
    file: `${messaging}/relay/run-relay.ts`,
    source: 'await withTimeout(ports.clock, stopMs, life, () => {});',
    replacement: 'await life;',
    test: unit(
      'relay/lag.test.ts',
      'stopping > takes no longer than its bound when Redis is frozen while it gives its lease up',
    ),
  },
  {
    name: 'relay-leader',
    mechanism: 'one relay publishes at a time',
    file: `${messaging}/relay/run-relay.ts`,
    source: "const lease = await leadership.take().catch(() => 'unknown' as const);",
    replacement: 'const lease = (await leadership.take()) ?? (await alwaysLead.take());',
    test: unit(
      'relay/run-relay.test.ts',
      'without leadership nothing is published; a lost lease stops publishing, and it is tried for again',
    ),
  },
  {
    name: 'relay-needed',
    mechanism: 'with a position missing the relay begins where consumers still need events',
    file: `${messaging}/relay/start.ts`,
    source: 'missing ? positions.reduce(earlier, record.needed) : positions.reduce(earlier);',
    replacement: 'positions.length === 0 ? record.needed : positions.reduce(earlier);',
    test: unit('relay/start.test.ts', 'one missing: also what consumers still need'),
  },
  {
    name: 'trim-needed',
    mechanism: 'nothing that a consumer has not applied is trimmed',
    file: `${messaging}/relay/trimming.ts`,
    source: 'neededPosition([survey], consumers, source);',
    replacement: 'survey.position?.at;',
    test: unit(
      'relay/trimming.test.ts',
      'a slow platform consumer holds everything that it lacks, however old or large',
    ),
  },
  {
    name: 'snapshot-version',
    mechanism: 'a document is re-emitted only as it was read',
    file: `${messaging}/resync/resync.store.ts`,
    source: 'const filter = { _id, version: document.version,',
    replacement: 'const filter = { _id,',
    test: integration(
      'resync/resync.int.test.ts',
      'a resync > leaves a document alone that changed after it was read, and says which',
    ),
  },
];

const resyncing: readonly Mutant[] = [
  {
    name: 'snapshots-complete',
    mechanism: 'readers go on only when all snapshots are in the stream',
    file: `${messaging}/relay/chores.ts`,
    source: ' && position.at >= until',
    replacement: '',
    test: unit('relay/chores.test.ts', 'a stream holds all snapshots only when it has passed the last of them'),
  },
  {
    name: 'resync-begins-anew',
    mechanism: 'a resync that was interrupted goes on only if nothing more was lost',
    file: `${messaging}/resync/resync.ts`,
    source: 'stored.target === target && stored.finishedAt === null',
    replacement: 'stored.finishedAt === null',
    test: integration('resync/resync.int.test.ts', 'a resync > begins anew when more is lost before it ends'),
  },
  {
    name: 'resync-stop-bound',
    mechanism: 'a resync that stops does not wait for a Redis that hangs',
    file: `${messaging}/resync/resync.ts`,
    source: 'await withTimeout(clock, resyncStopMs, stopped, () => redis.disconnect());',
    replacement: '',
    test: integration('resync/resync.int.test.ts', 'one that is stopped while Redis hangs does not wait for it'),
  },
  {
    name: 'reader-of-nothing',
    mechanism: 'a reader of a stream that had nothing for it goes on after a second loss',
    file: `${messaging}/streams/positions.ts`,
    source: "(snapshotsFrom === '' || snapshotsFrom < completeFrom)",
    replacement: '!isToldAgain(position)',
    test: unit('streams/positions.test.ts', 'what snapshots further on in the stream re-emit is not missed'),
  },
];

const batching: readonly Mutant[] = [
  {
    name: 'batcher-waiting-bound',
    mechanism: 'what waits for a group commit is bounded',
    file: `${messaging}/batching/batcher.ts`,
    source: 'if (queue.length >= maxWaiting)',
    replacement: 'if (queue.length < 0)',
    test: unit(
      'batching/batcher.property.test.ts',
      'createBatcher > puts what arrives during a run into the next one, and refuses what is too much',
    ),
  },
  {
    name: 'batcher-size-bound',
    mechanism: 'a group commit holds at most so many items',
    file: `${messaging}/batching/batcher.ts`,
    source: 'count < queue.length && count < maxItems',
    replacement: 'count < queue.length',
    test: unit(
      'batching/batcher.property.test.ts',
      'createBatcher > answers each accepted item once, in bounded runs that keep the order and never overlap',
    ),
  },
  {
    name: 'batcher-time-bound',
    mechanism: 'a group commit that never ends is given up',
    file: `${messaging}/batching/batcher.ts`,
    source: 'await withTimeout(clock, runMsMax, run(batch.map((waiting) => waiting.item)), tookTooLong);',
    replacement: 'await run(batch.map((waiting) => waiting.item));',
    test: unit(
      'batching/batcher.property.test.ts',
      'a run that never ends is given up, and what comes after it is answered',
    ),
  },
];

export const messagingMutants: readonly Mutant[] = [...consuming, ...publishing, ...resyncing, ...batching];
