export { type Batcher, type BatcherOptions, createBatcher } from './batching/batcher.ts';
export { retryUntilFound } from './batching/retry-until-found.ts';
export { messagingCollections } from './collections.ts';
export {
  type Consumer,
  type ConsumerAlarm,
  type ConsumerOptions,
  type ConsumerStatus,
  consumerCollections,
  type ServiceConsumer,
  startConsumer,
} from './consumer/consumer.ts';
export type { DeadLetterDocument } from './consumer/dead-letters.ts';
export type { ConsumerLimits } from './consumer/limits.ts';
export type { Batch, ConsumerMetrics, HandleResult, StreamEntry } from './consumer/ports.ts';
export type { DeadLetters, ReplayResult } from './consumer/replay-dead-letters.ts';
export { relayPositionsCollection } from './relay/change-log.store.ts';
export { relayMetrics } from './relay/metrics.ts';
export type { AlarmKind } from './relay/publish.ts';
export { type StartRelayOptions, startRelay } from './relay/relay.ts';
export type { Relay, RelayMetrics, RelayStatus } from './relay/run-relay.ts';
export { type SnapshotOf, snapshotsOf } from './resync/resync.store.ts';
export { type Resync, type ResyncStatus, startResync } from './resync/resync.ts';
export {
  compareIds,
  firstIdAt,
  parseId,
  positionAfter,
  positionAt,
  type StreamPosition,
  streamId,
  timeText,
} from './streams/positions.ts';
export { type Tail, type TailOptions, tailStreams } from './streams/tail.ts';
export { followWatermarks, type Watermarks } from './streams/watermarks.ts';
